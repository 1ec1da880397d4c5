/** Compares what a file asks for with what is on chain, field by field. */

/** A house on chain that is not the house of the file; the message has a line for each field that differs. */
export class MigrationConflict extends Error {
  override readonly name = 'MigrationConflict';

  constructor(readonly differences: readonly string[]) {
    super(
      `the chain differs from the file, nothing was changed:\n${differences.map((line) => `  ${line}`).join('\n')}`,
    );
  }
}

/**
 * Lines such as "house.roles.risk: the file says A, the chain has B" for every field of `expected` that `actual` has
 * otherwise. Fields that only `actual` has are not the file's business.
 */
export function differences(path: string, expected: unknown, actual: unknown): string[] {
  if (isBytes(expected) && isBytes(actual)) {
    const [want, have] = [expected, actual].map((bytes) => Buffer.from(bytes).toString('hex'));
    return want === have ? [] : [line(path, want, have)];
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [line(path, `${expected.length} entries`, `${actual.length} entries`)];
    }
    return expected.flatMap((one, index) => differences(`${path}[${index}]`, one, actual[index]));
  }
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(`${path}.${snakeCase(name)}`, value, actual[name]),
    );
  }
  return expected === actual ? [] : [line(path, expected, actual)];
}

function line(path: string, expected: unknown, actual: unknown): string {
  return `${path}: the file says ${String(expected)}, the chain has ${String(actual)}`;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
