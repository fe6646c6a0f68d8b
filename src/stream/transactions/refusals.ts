// Why a coordinator refuses what a producer asks for, in Kafka's codes.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { Transaction } from './transaction.ts'

export function producerFenced(transactionalId: string): LeatError {
  return new LeatError(
    'PRODUCER_FENCED',
    `another producer has taken over the transactional id '${transactionalId}', or its transaction timed out`,
    {
      hint: 'What this one had open is aborted. One transactional id belongs to one producer at a time: give each its own.',
    },
  )
}

export function unknownProducer(transactionalId: string): LeatError {
  return new LeatError('INVALID_PRODUCER_ID_MAPPING', `the transactional id '${transactionalId}' is not known under this producer id`, {
    hint: 'It was not used for long and is forgotten; start the producer again.',
  })
}

export function stillEnding({ transactionalId }: Transaction): LeatError {
  return new LeatError('CONCURRENT_TRANSACTIONS', `the transaction before, of '${transactionalId}', is still being ended`, {
    hint: 'Try again in a moment.',
  })
}

export function noTransaction({ transactionalId, status }: Transaction): LeatError {
  return new LeatError(
    'INVALID_TXN_STATE',
    `'${transactionalId}' has no transaction that could be ended like this: its state is ${status}`,
    {
      hint: 'One that is open for longer than its timeout is aborted by others (--transaction-timeout).',
    },
  )
}

/** As `transaction.max.timeout.ms` has it by default. */
export const MAX_TRANSACTION_TIMEOUT_MS = 15 * 60 * 1000

export function badTimeout(timeoutMs: number): LeatError {
  return new LeatError('INVALID_TRANSACTION_TIMEOUT', `a transaction may take up to ${MAX_TRANSACTION_TIMEOUT_MS} ms, not ${timeoutMs}`, {
    hint: 'For example --transaction-timeout 1m.',
    exitCode: exitCodes.usage,
  })
}

export function emptyTransactionalId(): LeatError {
  return new LeatError('INVALID_REQUEST', 'a transactional id has at least one character', { exitCode: exitCodes.usage })
}
