// What the flags of `leat produce` about transactions mean to the operation.
import type { ProduceFlags } from './produce-flags.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { requireCount, requireId } from '../src/grammar/values.ts'
import type { TransactionOptions } from '../src/operations/produce/transactional.ts'

/** null: without transactions. @throws LeatError (usage) */
export function transactionOf(flags: ProduceFlags): TransactionOptions | null {
  const { 'transactional-id': transactionalId, 'transaction-every': every, 'transaction-timeout': timeout } = flags
  if (transactionalId === undefined) return null
  if (!flags.sync)
    throw new LeatError('USAGE', '--no-sync does not go with --transactional-id', {
      hint: 'After a power loss, half a transaction could be there: transactions are always synced.',
      exitCode: exitCodes.usage,
    })
  return {
    transactionalId: requireId('--transactional-id', transactionalId),
    timeoutMs: requireDuration('--transaction-timeout', timeout),
    recordsPerTransaction: every === undefined ? Number.POSITIVE_INFINITY : requireCount('--transaction-every', every, 1),
  }
}
