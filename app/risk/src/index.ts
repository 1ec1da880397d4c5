export type { Answer, Contingencies, Greeks, LegAnswer, MarketAnswer, Preview } from './answer.js';
export { loadMarginEngine, MarginEngine, Refusal } from './engine.js';
