// What `dlq replay` and `dlq park` tell of what they did: the table of targets, notes for stderr, and the exit code.
import { counted } from '../errors/counted.ts'
import { exitCodes, type ExitCode } from '../errors/leat-error.ts'
import type { StopReason, TakenOut } from '../operations/dlq/taken-out.ts'
import { countText } from './amounts.ts'
import { type Column, renderTable } from './table.ts'

const COLUMNS: readonly Column<TakenOut['targets'][number]>[] = [
  { header: 'TARGET', text: ({ topic }) => topic },
  { header: 'RECORDS', text: ({ records }) => records, align: 'right' },
]
const SHOWN_REFUSALS = 10

const STOPPED: Readonly<Record<StopReason, string>> = {
  max: 'stopped after as many as --max says',
  failures: 'stopped: too many of the records that were replayed have failed again',
  interrupted: 'interrupted: the next run goes on here',
  scattered: 'stopped: what would be left behind is too scattered to be kept note of. Replay or park the oldest letters first',
}

/** A line each, for stderr. @param verb what the command does to records: `replayed`, `parked` */
export function notesOn(result: TakenOut, verb: string): string[] {
  const { topic, refused, failedAgain, stoppedBy } = result
  const left = (records: number): string => (records === 1 ? 'left' : `${countText(records)} left, the first`)
  const notes = refused
    .slice(0, SHOWN_REFUSALS)
    .map(
      ({ reason, hint, records, partition, offset }) =>
        `leat: ${left(records)} at ${topic}-${partition} offset ${offset}: ${reason}\n      ${hint}`,
    )
  const more = countOf(refused.slice(SHOWN_REFUSALS))
  if (more > 0) notes.push(`leat: ${countText(more)} more left, for other reasons (--json names them)`)
  if (failedAgain !== null && failedAgain > 0) notes.push(`leat: ${counted(failedAgain, 'record')} of them failed again`)
  notes.push(`leat: ${summaryOf(result, verb)}${stoppedBy === null ? '' : `; ${STOPPED[stoppedBy]}`}`)
  return notes
}

/** `4 records replayed, 1 parked, 3 passed over, 2 left`. */
function summaryOf({ isDryRun, records, parked, passedOver, refused }: TakenOut, verb: string): string {
  const would = isDryRun ? 'would be ' : ''
  const isParkedToo = verb !== 'parked' && parked > 0
  const left = countOf(refused)
  return [
    `${counted(isParkedToo ? records - parked : records, 'record')} ${would}${verb}`,
    ...(isParkedToo ? [`${countText(parked)} parked`] : []),
    ...(passedOver > 0 ? [`${countText(passedOver)} passed over`] : []),
    ...(left > 0 ? [`${countText(left)} left`] : []),
  ].join(', ')
}

function countOf(refused: TakenOut['refused']): number {
  return refused.reduce((sum, { records }) => sum + records, 0)
}

export function targetTable({ targets }: TakenOut): string {
  return targets.length === 0 ? '' : renderTable(COLUMNS, targets, { withHeaders: true, columns: null })
}

export function exitCodeOf({ refused, stoppedBy }: TakenOut, damaged: number): ExitCode {
  if (stoppedBy === 'failures') return exitCodes.conditionNotMet
  return refused.length > 0 || stoppedBy === 'scattered' || damaged > 0 ? exitCodes.partial : exitCodes.ok
}
