/**
 * An answer as `JSON.parse` reads it: ../../../docs/PORTFOLIO_JSON.md. The text has the exact decimals; these numbers are
 * for display.
 */
export interface Answer {
  markets: MarketAnswer[];
  legs: LegAnswer[];
  equity: number;
  im: number;
  mm: number;
  offset_im?: number;
  offset_mm?: number;
  static_im: number;
  free_im: number;
  free_mm: number;
  efficiency: number | null;
  /** For a file with a `candidate`. */
  preview?: Preview;
}

/** The account after the candidate. */
export interface Preview {
  im: number;
  mm: number;
  free_im: number;
  worst: { id: string; index: number; pnl: number }[];
  /** Null when every size that can be margined meets initial margin. */
  largest_size: number | null;
}

/** What a market contributes. */
export interface MarketAnswer {
  id: string;
  greeks: Greeks;
  scenarios: number[];
  worst: { index: number; pnl: number };
  contingencies: Contingencies;
}

/** Parts of a market's margin beside the scan. */
export interface Contingencies {
  vega: number;
  liquidity: number;
  roll: number;
  oracle: number;
  short_option_mm: number;
  short_option_im: number;
}

/** Sensitivities, for the whole position. */
export interface Greeks {
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
}

/** A leg, for its size. */
export interface LegAnswer extends Greeks {
  mark: number;
  scenarios: number[];
}
