// What `leat lag` prints of one look: a table, JSON lines, or Prometheus' text format.
import type { LagReport } from '../operations/lag/lag-reader.ts'
import type { Look } from '../operations/lag/partition-lag.ts'
import { toJson } from './json.ts'
import { prometheusText } from './lag-prometheus.ts'
import { HISTORY_COLUMN, LAG_COLUMNS } from './lag-table.ts'
import { renderTable } from './table.ts'

export type LagTextFormat = 'table' | 'json' | 'prometheus'

export interface LagTextOptions {
  readonly format: LagTextFormat
  /** Of tables: with a column of how lag went. */
  readonly withHistory: boolean
  readonly withHeaders: boolean
  /** Names of columns; null: all. */
  readonly columns: readonly string[] | null
}

/** What there is to say of groups that have no rows. */
export function lagNotes({ withoutOffsets, missing }: LagReport): string[] {
  return [...withoutOffsets.map((group) => `group '${group}' has committed no offsets here`), ...missing.map(({ message }) => message)]
}

export function lagText(looks: readonly Look[], { format, withHistory, withHeaders, columns }: LagTextOptions): string {
  const lags = looks.map(({ lag }) => lag)
  if (format === 'json') return lags.map((lag) => `${toJson(lag)}\n`).join('')
  if (format === 'prometheus') return prometheusText(lags)
  return renderTable(withHistory ? [...LAG_COLUMNS, HISTORY_COLUMN] : LAG_COLUMNS, looks, { withHeaders, columns })
}
