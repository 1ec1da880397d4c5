/** A keeper as a module: the process in main.ts, tests and the demo build on it. */
export * from './feeds.js';
export * from './keeper.js';
export * from './liquidator.js';
export * from './mirror.js';
export * from './refresher.js';
export * from './scanner.js';
