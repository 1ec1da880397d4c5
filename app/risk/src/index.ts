export type { Answer, Contingencies, Greeks, LegAnswer, MarketAnswer } from './answer.js';
export { loadMarginEngine, MarginEngine, Refusal } from './engine.js';
