/** Lays out a table of text. */

/** A column: its heading and on which side its cells stand. */
export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** Columns of numbers stand right, names left. */
export const left = (heading: string): Column => ({ heading, align: 'left' });
/** A column of numbers. */
export const right = (heading: string): Column => ({ heading, align: 'right' });

/** The lines of a table: headings, a rule, the rows. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ heading }, at) => Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const format = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const [cell, width] = [cells[at] ?? '', widths[at] ?? 0];
        return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('   ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('───');
  return [format(columns.map((column) => column.heading)), rule, ...rows.map(format)];
}
