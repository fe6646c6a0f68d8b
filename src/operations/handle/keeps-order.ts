// Whether the order of records keeps itself, so that none has to wait for what becomes of the one before.
import type { Handler } from './handler.ts'
import type { FailurePlan } from './policy.ts'

type Handling = Pick<Handler, 'isInOrder' | 'maxUnderWay'>

/** A record that fails is out of the way at once, and those behind it may be on their way to the handler already. */
export function keepsOrder({ isInOrder, maxUnderWay }: Handling, { retries, deadLetterTopicOf }: FailurePlan): boolean {
  return isInOrder && retries === 0 && (maxUnderWay === 1 || deadLetterTopicOf !== null)
}
