/** The client of the clearing house: what integrators, keepers, the migration runner and the demo build on. */
export * from './addressLookupTable.js';
export * from './confirmation.js';
export * from './connection.js';
export * from './errors.js';
export * from './lookupTables.js';
export * from './pyth.js';
export * from './transactions.js';
export * from './units.js';
