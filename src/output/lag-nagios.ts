// Lag as a monitoring plugin says it (Nagios, Icinga, Sensu …): a line with the state, then performance data, then what is wrong line by
// line; and the exit code that such a system wants: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
import type { PartitionLag } from '../operations/lag/partition-lag.ts'
import { countText } from './amounts.ts'

const STATES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const

export interface NagiosReport {
  readonly text: string
  readonly exitCode: 0 | 1 | 2 | 3
}

/**
 * @param problems limits that were passed; null where none were set: then the verdicts speak
 * @param maxRecords for the performance data
 */
export function nagiosReport(lags: readonly PartitionLag[], problems: readonly string[] | null, maxRecords: bigint | null): NagiosReport {
  const wrong = problems ?? lags.filter(({ status }) => status !== null && status !== 'OK').map(verdictText)
  const exitCode = wrong.length === 0 ? 0 : problems === null && lags.every(({ status }) => !isCritical(status)) ? 1 : 2
  const unread = lags.reduce((sum, { lag }) => sum + (lag ?? 0n), 0n)
  const summary = wrong[0] ?? `${countText(unread)} unread in ${lags.length} ${lags.length === 1 ? 'partition' : 'partitions'}`
  const data = lags.flatMap((lag) => (lag.lag === null ? [] : `${label(lag)}=${lag.lag};;${maxRecords ?? ''};0`))
  return {
    text: [`${line(exitCode, summary)} | ${data.join(' ')}`, ...wrong.slice(1).map(oneLine)].map((text) => `${text}\n`).join(''),
    exitCode,
  }
}

/** Where nothing could be looked at. */
export function nagiosUnknown(reason: string): NagiosReport {
  return { text: `${line(3, reason)}\n`, exitCode: 3 }
}

function line(exitCode: number, summary: string): string {
  return `LAG ${STATES[exitCode]}: ${oneLine(summary)}`
}

/** A bar begins the performance data. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}|]/gu, ' ')
}

function isCritical(status: PartitionLag['status']): boolean {
  return status !== null && status !== 'OK' && status !== 'WARN'
}

function verdictText({ group, topic, partition, status, lag }: PartitionLag): string {
  return `'${group}' on ${topic}-${partition}: ${status}, ${lag} unread`
}

function label({ group, topic, partition }: PartitionLag): string {
  return `'${oneLine(`${group}/${topic}-${partition}`).replaceAll("'", "''").replaceAll('=', '_')}'`
}
