/** What crates/risk-wasm exports. */
interface Exports extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  novate_input: (length: number) => number;
  novate_margin: () => number;
  novate_output: () => number;
  novate_output_length: () => number;
}

/** A portfolio file that is not as the form asks. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** The field, as in `legs[3].strike`; empty for the file as a whole. */
    readonly path: string,
    /** What is wrong and what is allowed. */
    readonly reason: string,
  ) {
    super(`${path === '' ? 'portfolio' : path}: ${reason}`);
  }
}

/** The margin engine, loaded. */
export class MarginEngine {
  readonly #exports: Exports;

  private constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** The engine from the bytes of novate_risk.wasm. */
  static async from(bytes: BufferSource): Promise<MarginEngine> {
    const { instance } = await WebAssembly.instantiate(bytes);
    return new MarginEngine(instance.exports as Exports);
  }

  /**
   * The answer to a portfolio file, byte for byte that of the example `margin` of crates/risk.
   *
   * @throws {Refusal} naming the first field that is not as the form asks
   */
  margin(file: string | Uint8Array): string {
    const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
    const wasm = this.#exports;
    const input = wasm.novate_input(bytes.length);
    // a view made now: memory that grows takes older ones away
    new Uint8Array(wasm.memory.buffer, input, bytes.length).set(bytes);
    const refused = wasm.novate_margin() !== 0;
    const output = new Uint8Array(wasm.memory.buffer, wasm.novate_output(), wasm.novate_output_length());
    const text = new TextDecoder().decode(output);
    if (refused) {
      const { path, reason } = JSON.parse(text) as { path: string; reason: string };
      throw new Refusal(path, reason);
    }
    return text;
  }
}

/**
 * Loads the engine that `make wasm` builds, in Node from the file, in a browser by `fetch`.
 *
 * @throws when there is no module at the URL, or it is not one
 */
export async function loadMarginEngine(
  url: URL = new URL('../wasm/novate_risk.wasm', import.meta.url),
): Promise<MarginEngine> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(url).catch((cause: unknown) => {
      throw new Error(`${url.pathname} cannot be read: "make wasm" builds it`, { cause });
    });
    return MarginEngine.from(bytes);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return MarginEngine.from(await response.arrayBuffer());
}
