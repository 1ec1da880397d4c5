import {
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SolanaError,
} from '@solana/kit';
import { describe, expect, it } from 'vitest';

import {
  CLEARING_HOUSE_ERROR__BELOW_INITIAL_MARGIN as BELOW,
  failureOf,
  messageOf,
  reasonInLogs,
  TransactionFailure,
} from '../src/index.js';

const LOG = [
  'Program log: Instruction: Withdraw',
  'Program log: AnchorError thrown in src/a.rs:5. Error Code: BelowInitialMargin. Error Number: 6065. Error Message: Deposit more.',
];

describe('failures', () => {
  it('speak in the words of the program', () => {
    expect(reasonInLogs(LOG)).toBe('Deposit more (BelowInitialMargin)');
    expect(messageOf(BELOW)).toContain('below initial margin');
    expect(messageOf(1)).toBe('program error 1');
  });

  it('of a status name the error number', () => {
    const failure = TransactionFailure.fromStatus('withdraw', { InstructionError: [1, { Custom: BELOW }] }, []);
    expect(failure).toMatchObject({ code: BELOW, label: 'withdraw' });
    expect(failure.message).toBe(`withdraw: ${messageOf(BELOW)}`);
  });

  it('of a status without a number are printed', () => {
    expect(TransactionFailure.fromStatus('x', { InsufficientFundsForRent: { account_index: 2n } }, []).reason).toBe(
      '{"InsufficientFundsForRent":{"account_index":"2"}}',
    );
  });

  it('of a refused transaction keep log and number', () => {
    const cause = new SolanaError(SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM, { code: BELOW, index: 1 });
    const refused = new SolanaError(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE, {
      accounts: null,
      cause,
      fee: null,
      loadedAccountsDataSize: null,
      loadedAddresses: null,
      logs: LOG,
      postBalances: null,
      postTokenBalances: null,
      preBalances: null,
      preTokenBalances: null,
      replacementBlockhash: null,
      returnData: null,
      innerInstructions: null,
      unitsConsumed: null,
    });
    expect(failureOf('withdraw', refused)).toMatchObject({ code: BELOW, reason: 'Deposit more (BelowInitialMargin)' });
  });

  it('of anything else keep the innermost message', () => {
    const error = new Error('outer', { cause: new Error('connection refused') });
    expect(failureOf('send', error).message).toBe('send: connection refused');
  });
});
