// What a user is told of the record that ended a run.
import { counted } from '../../errors/counted.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { FatalFailure } from './dispatcher.ts'

export interface StoppedRun {
  readonly groupId: string | null
  readonly isCommitting: boolean
}

export function stoppedBy({ task, cause, hasWorked }: FatalFailure, { groupId, isCommitting }: StoppedRun): Error {
  const { topic, partition, offset } = task.record.place
  const place = `${topic}-${partition} offset ${offset}`
  const resume = task.intake.done.before(topic, partition) ?? offset
  const goesOn =
    groupId === null || !isCommitting
      ? `Go on with -p ${partition} -o ${resume}`
      : `The next run of group '${groupId}' resumes at ${topic}-${partition} offset ${resume}`
  // Not the record's fault.
  if (cause instanceof LeatError) {
    const hint = cause.hint === undefined ? `${goesOn}.` : `${cause.hint} ${goesOn}.`
    return new LeatError(cause.code, `${place}: ${cause.message}`, { hint, exitCode: cause.exitCode, cause })
  }
  if (cause instanceof Error) return cause
  if (cause.fault === 'handler' && !hasWorked)
    return new LeatError('HANDLER_DOES_NOT_WORK', `the handler has not taken a single record: ${cause.type}: ${cause.message}`, {
      hint: `No record was given up for that; mend the handler and run it again. ${goesOn}.`,
      cause: cause.stack === null ? undefined : new Error(cause.stack),
    })
  const attempts = counted(task.record.failures?.attempts ?? 1, 'attempt')
  return new LeatError('HANDLER_FAILED', `${place} failed after ${attempts}: ${cause.type}: ${cause.message}`, {
    hint: `${goesOn}; with --dlq, records that fail are set aside.`,
    cause: cause.stack === null ? undefined : new Error(cause.stack),
  })
}
