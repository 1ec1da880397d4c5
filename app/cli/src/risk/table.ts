import type { Answer, MarketAnswer, Preview } from '@novate/risk';

const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const ratio = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const greek = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** An answer for people: amounts in quote, two decimals. */
export function marginTable(answer: Answer): string {
  const offset = (answer.offset_im ?? 0) !== 0 || (answer.offset_mm ?? 0) !== 0;
  const account = [
    ['', 'initial', 'maintenance'],
    ['margin', money.format(answer.im), money.format(answer.mm)],
    ...(offset
      ? [['  after offsets of', money.format(answer.offset_im ?? 0), money.format(answer.offset_mm ?? 0)]]
      : []),
    ['free equity', money.format(answer.free_im), money.format(answer.free_mm)],
    ['static margin', money.format(answer.static_im), ''],
  ];
  const efficiency =
    answer.efficiency === null
      ? 'no margin is needed'
      : `static margin is ${ratio.format(answer.efficiency)} times the margin`;
  const preview = answer.preview === undefined ? [] : [previewText(answer.preview)];
  const parts = [
    ...(answer.markets.length > 0
      ? [
          columns([MARGIN_HEAD, ...answer.markets.map(marginRow)]),
          columns([GREEKS_HEAD, ...answer.markets.map(greeksRow)]),
        ]
      : []),
    columns(account),
    `equity ${money.format(answer.equity)} with maintenance haircuts; ${efficiency}\n`,
    ...preview,
  ];
  return parts.join('\n');
}

const MARGIN_HEAD = ['market', 'scan', 'worst row', 'vega', 'liquidity', 'roll', 'oracle', 'short (MM)', 'short (IM)'];

function marginRow({ id, worst, contingencies }: MarketAnswer): string[] {
  const { vega, liquidity, roll, oracle, short_option_mm, short_option_im } = contingencies;
  const amounts = [vega, liquidity, roll, oracle, short_option_mm, short_option_im];
  const row = worst.pnl === 0 ? '-' : String(worst.index);
  return [id, money.format(0 - worst.pnl), row, ...amounts.map((amount) => money.format(amount))];
}

const GREEKS_HEAD = ['market', 'delta', 'gamma', 'vega', 'theta a day'];

function greeksRow({ id, greeks }: MarketAnswer): string[] {
  return [
    id,
    greek.format(greeks.delta),
    greek.format(greeks.gamma),
    money.format(greeks.vega),
    money.format(greeks.theta),
  ];
}

function previewText({ im, mm, free_im, worst, largest_size }: Preview): string {
  const rows = worst
    .filter(({ pnl }) => pnl !== 0)
    .map(({ id, index, pnl }) => `${id} row ${index}: ${money.format(pnl)}`);
  const largest = largest_size === null ? 'any size' : largest_size === 0 ? 'no size' : `up to ${largest_size}`;
  return [
    'after the candidate',
    `  margin ${money.format(im)} initial, ${money.format(mm)} maintenance; free equity ${money.format(free_im)} initial`,
    `  worst ${rows.length > 0 ? rows.join('; ') : 'row: none loses'}`,
    `  ${largest} meets initial margin\n`,
  ].join('\n');
}

/** Rows with the first column to the left and all others to the right. */
function columns(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return rows.map((row) => `${line(row).join('  ').trimEnd()}\n`).join('');
}
