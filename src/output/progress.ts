// How far a long command is, in one line.
import { countText, durationText, rateText, sizeText } from './amounts.ts'

export interface Progress {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  /** All that is to be read, in bytes of the same input as `bytes`; null where nobody knows (a pipe). */
  readonly totalBytes: number | null
}

/** A rate over less than this says nothing. */
const MIN_ELAPSED_MS = 200

/** `1,234,567 records · 118 MiB · 4.1 M/s · 62 % · 4.2 s left`. */
export function progressLine({ records, bytes, elapsedMs, totalBytes }: Progress): string {
  const parts = [recordsText(records), sizeText(bytes)]
  if (elapsedMs >= MIN_ELAPSED_MS) parts.push(rateText((records * 1000) / elapsedMs))
  if (totalBytes !== null && totalBytes > 0) {
    const done = Math.min(bytes / totalBytes, 1)
    parts.push(`${Math.floor(100 * done)} %`)
    if (elapsedMs >= MIN_ELAPSED_MS && done > 0) parts.push(`${durationText((elapsedMs * (1 - done)) / done)} left`)
  }
  return parts.join(' · ')
}

/** `1,234,567 records (118 MiB) in 4.2 s, 294 k/s`. */
export function summaryText({ records, bytes, elapsedMs }: Omit<Progress, 'totalBytes'>): string {
  const what = `${recordsText(records)} (${sizeText(bytes)}) in ${durationText(elapsedMs)}`
  return elapsedMs >= MIN_ELAPSED_MS ? `${what}, ${rateText((records * 1000) / elapsedMs)}` : what
}

function recordsText(records: number): string {
  return `${countText(records)} ${records === 1 ? 'record' : 'records'}`
}
