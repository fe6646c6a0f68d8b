// What `dlq replay` and `dlq park` have in common: how they begin, and how they tell what they did.
import * as Flags from '@oclif/core/flags'
import type { BaseCommand } from '../base-command.ts'
import { selectionFlags } from '../dlq-flags.ts'
import { dryRunFlag, topicFlag } from '../shared-flags.ts'
import { counted } from '../../src/errors/counted.ts'
import { exitCodes, type ExitCode } from '../../src/errors/leat-error.ts'
import type { StopReason, RunTally, TakenOut } from '../../src/operations/dlq/taken-out.ts'
import { countText, rateText } from '../../src/output/amounts.ts'
import { type Column, renderTable } from '../../src/output/table.ts'
import { isTerminal } from '../../src/system/terminal.ts'
import type { Interfaces } from '@oclif/core'

export const takeOutFlags = {
  topic: topicFlag,
  ...selectionFlags,
  max: Flags.string({ summary: 'at most so many records' }),
  'exactly-once': Flags.boolean({
    summary: 'records and the note that they are done in transactions: read_committed readers see each once, whatever happens to the run',
    default: false,
  }),
  'dry-run': dryRunFlag,
}

export type TakeOutFlags = Interfaces.InferredFlags<typeof takeOutFlags & (typeof BaseCommand)['baseFlags']>

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

const REDRAW_MS = 100
const CLEAR_LINE = '\r\u001B[K'

/** One line on a terminal, redrawn ten times a second. */
export class TakeOutProgress {
  readonly #startedAt = performance.now()
  readonly #isShown: boolean
  #shownAt = 0

  constructor(isQuiet: boolean) {
    this.#isShown = !isQuiet && process.env['CI'] === undefined && isTerminal(2)
  }

  readonly show = ({ taken, seen, total }: RunTally): void => {
    const now = performance.now()
    if (!this.#isShown || now - this.#shownAt < REDRAW_MS) return
    this.#shownAt = now
    const rate = rateText((taken * 1000) / Math.max(now - this.#startedAt, 1))
    process.stderr.write(`${CLEAR_LINE}${countText(taken)} records · ${rate} · ${Math.floor((100 * seen) / Math.max(total, 1))} %`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shownAt > 0) process.stderr.write(CLEAR_LINE)
  }
}
