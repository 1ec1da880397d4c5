import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/novate.js', import.meta.url));
const tests = new URL('../../../crates/portfolio/tests/', import.meta.url);
const path = (file: string) => fileURLToPath(new URL(file, tests));
const read = (file: string) => readFileSync(new URL(file, tests), 'utf8');

function novate(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('novate risk margin', () => {
  it('prints the bytes of the native engine with --json', () => {
    const found = novate(['risk', 'margin', path('corpus/three_markets.json'), '--json']);
    expect(found).toEqual({ status: 0, stdout: read('expected/three_markets.json'), stderr: '' });
  });

  it('reads standard input', () => {
    const found = novate(['risk', 'margin', '-', '--json'], read('corpus/box.json'));
    expect(found).toEqual({ status: 0, stdout: read('expected/box.json'), stderr: '' });
  });

  it('prints a table for people', () => {
    const file = `{
      "params": { "short_option_mm": 0, "short_option_im": 0, "oracle_confidence": 0, "roll_rate": 0 },
      "markets": [{ "id": "BTC", "spot": 100000, "books": [] }, { "id": "ETH", "spot": 4000, "books": [] }],
      "legs": [{ "market": "BTC", "kind": "perpetual", "size": -0.5, "entry": 101000 }],
      "cash": 10000
    }`;
    const found = novate(['risk', 'margin', '-'], file);
    expect(found.stderr).toBe('');
    expect(found.status).toBe(0);
    expect(found.stdout).toBe(
      [
        'market      scan  worst row  vega  liquidity  roll  oracle  short (MM)  short (IM)',
        'BTC     8,000.00         24  0.00       0.00  0.00    0.00        0.00        0.00',
        'ETH         0.00          -  0.00       0.00  0.00    0.00        0.00        0.00',
        '',
        'market  delta  gamma  vega  theta a day',
        'BTC      -0.5      0  0.00         0.00',
        'ETH         0      0  0.00         0.00',
        '',
        '                initial  maintenance',
        'margin         8,000.00     6,400.00',
        'free equity    2,500.00     4,100.00',
        'static margin  8,000.00',
        '',
        'equity 10,500.00 with maintenance haircuts; static margin is 1 times the margin',
        '',
      ].join('\n'),
    );
  });

  it('says what a candidate would do', () => {
    const { status, stdout } = novate(['risk', 'margin', path('corpus/candidate_that_hedges.json')]);
    const { preview } = JSON.parse(read('expected/candidate_that_hedges.json')) as {
      preview: { largest_size: number };
    };
    expect(status).toBe(0);
    expect(stdout).toContain(`up to ${preview.largest_size} meets initial margin`);
  });

  it('ends in status 2 on a file that is refused, with field and reason', () => {
    const found = novate(['risk', 'margin', path('refused/svi_negative_variance.json'), '--json']);
    expect(found).toEqual({ status: 2, stdout: '', stderr: read('refused/svi_negative_variance.txt') });
  });

  it('ends in status 1 without a file', () => {
    const found = novate(['risk', 'margin', path('corpus/no_such_file.json')]);
    expect(found.status).toBe(1);
    expect(found.stdout).toBe('');
    expect(found.stderr).toContain('no_such_file.json');
  });
});
