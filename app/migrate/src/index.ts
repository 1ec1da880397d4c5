/** Lists a house from a reviewed file: read, compare with the chain, plan, run. */
export * from './chain.js';
export * from './differences.js';
export * from './plan.js';
export * from './run.js';
export * from './schema.js';
