/** Plain, readable output: sections, progress and tables. Colour only on a terminal that wants it. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Writes to a stream, with colour where it is welcome. */
export class Terminal {
  readonly #colour: boolean;
  readonly #live: boolean;
  #pending = false;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    const refused = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
    this.#live = out.isTTY;
    this.#colour = this.#live && !refused;
  }

  /** Text in a style, or as it is where colour is not welcome. */
  paint(style: Style, text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** The title of the whole. */
  title(text: string, subtitle: string): void {
    this.line();
    this.line(`${this.paint(['bold', 'cyan'], text)}  ${this.paint('dim', subtitle)}`);
  }

  /** Begins a section. */
  section(text: string): void {
    this.line();
    this.line(this.paint('bold', `▸ ${text}`));
  }

  /** A line of a section. */
  line(text = ''): void {
    this.#finish();
    this.out.write(`${text === '' ? '' : `  ${text}`}\n`);
  }

  /** A line about something that went as it should. */
  done(text: string, detail = ''): void {
    this.line(`${this.paint('green', '✓')} ${text}${detail === '' ? '' : `  ${this.paint('dim', detail)}`}`);
  }

  /** A line that wants attention. */
  alert(text: string): void {
    this.line(`${this.paint('red', '●')} ${text}`);
  }

  /** Progress of something: rewritten in place on a terminal, silent elsewhere until it is done. */
  progress(text: string, at: number, of: number): void {
    if (!this.#live) return;
    const width = 24;
    const filled = Math.round((width * at) / Math.max(of, 1));
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
    this.out.write(`\r\u001b[2K    ${this.paint('cyan', bar)} ${text} ${at}/${of}`);
    this.#pending = true;
  }

  #finish(): void {
    if (!this.#pending) return;
    this.out.write('\r\u001b[2K');
    this.#pending = false;
  }
}
