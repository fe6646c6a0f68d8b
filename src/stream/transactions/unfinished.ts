// What others left behind: transactions that were decided and not completed, because whoever ended them died; transactions that are open
// for longer than their timeout; ids that nobody used for a week. A broker looks regularly; in a directory it does whoever comes next.
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import { abortRecord, type EndingTransaction, endingOf } from './ending.ts'
import { forgetRecord, type Transaction } from './transaction.ts'
import type { TransactionsState } from './transactions-state.ts'

/** As `transactional.id.expiration.ms` has it by default. */
const EXPIRATION_MS = 7n * 24n * 3600n * 1000n

/** Aborts what is late and forgets what is old. @returns all that are to be given their markers, those decided before included */
export function endUnfinished(state: TransactionsState, nowMs: bigint): CoordinatorResult<EndingTransaction[]> {
  const records: CoordinatorRecord[] = []
  const endings: EndingTransaction[] = []
  for (const transaction of state.all) {
    switch (transaction.status) {
      case 'PrepareCommit':
      case 'PrepareAbort':
        endings.push(endingOf(transaction))
        break
      case 'Ongoing':
        if (isLate(transaction, nowMs)) {
          const { record, ending } = abortRecord(transaction, nowMs)
          records.push(record)
          endings.push(ending)
        }
        break
      case 'Empty':
      case 'CompleteCommit':
      case 'CompleteAbort':
        if (nowMs - transaction.updatedMs >= EXPIRATION_MS) records.push(forgetRecord(transaction.transactionalId))
    }
  }
  return { records, response: endings }
}

function isLate({ startMs, timeoutMs }: Transaction, nowMs: bigint): boolean {
  return startMs + BigInt(timeoutMs) < nowMs
}
