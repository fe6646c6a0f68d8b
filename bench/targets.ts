// What has to hold, what is aimed at, and what came out.
import type { Sample } from './shell.ts'
import { median } from './shell.ts'

/** One command line of a row, over all rounds. */
export interface Measured {
  readonly medianMs: number
  /** The round that others on the machine disturbed least. */
  readonly bestMs: number
  readonly cpuMs: number
  readonly peakMB: number
}

export interface Target {
  readonly label: string
  readonly must: number
  readonly goal: number
  readonly unit: string
  readonly isLessBetter: boolean
  of(row: ReadonlyMap<string, Measured>): number
}

/** The name of the command line that is ours in each row. */
export const LEAT = 'leat'

export function summarize(samples: readonly Sample[]): Measured {
  return {
    medianMs: median(samples.map(({ wallMs }) => wallMs)),
    bestMs: Math.min(...samples.map(({ wallMs }) => wallMs)),
    cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
    peakMB: Math.max(...samples.map(({ peakMB }) => peakMB)),
  }
}

/** Wall time as a multiple of a peer's in the same rounds: medians of both. */
export function ratio(peer: string, must: number, goal = must): Target {
  return {
    label: `time, × ${peer}`,
    must,
    goal,
    unit: '',
    isLessBetter: true,
    of: (row) => of(row, LEAT).medianMs / of(row, peer).medianMs,
  }
}

/** Wall time as such: of the best round, because the figures are those of a quiet machine. */
export function seconds(must: number, goal: number): Target {
  return { label: 'time, best round', must, goal, unit: ' s', isLessBetter: true, of: (row) => of(row, LEAT).bestMs / 1000 }
}

/** `amount` in the best round's whole time: records, or bytes. */
export function perSecond(amount: number, unit: string, must: number, goal: number): Target {
  return { label: 'best round', must, goal, unit: ` ${unit}`, isLessBetter: false, of: (row) => amount / (of(row, LEAT).bestMs / 1000) }
}

export function memory(): Target {
  return { label: 'peak memory', must: 110, goal: 75, unit: ' MB', isLessBetter: true, of: (row) => of(row, LEAT).peakMB }
}

/** A figure that a row measures itself. */
export function figure(label: string, unit: string, must: number, goal: number, value: number): Target {
  return { label, must, goal, unit: ` ${unit}`, isLessBetter: true, of: () => value }
}

function of(row: ReadonlyMap<string, Measured>, name: string): Measured {
  const measured = row.get(name)
  if (measured === undefined) throw new Error(`nothing measured as ${name}`)
  return measured
}

/** A line of the table. */
export function targetLine(rowName: string, target: Target, row: ReadonlyMap<string, Measured>): string {
  const value = target.of(row)
  const holds = (limit: number): boolean => (target.isLessBetter ? value <= limit : value >= limit)
  const verdict = holds(target.goal) ? 'goal' : holds(target.must) ? 'must' : 'MISSED'
  const sign = target.isLessBetter ? '≤' : '≥'
  const goal = target.goal === target.must ? '' : `${sign} ${target.goal}${target.unit}`
  return `| ${rowName} | ${target.label} | ${sign} ${target.must}${target.unit} | ${goal} | ${digits(value)}${target.unit} | ${verdict} |`
}

export function digits(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
