// What a run of a handler came to, for people.
import { counted } from '../errors/counted.ts'
import type { HandleResult } from '../operations/handle/handle.ts'
import { countText, durationText } from './amounts.ts'

/** @param isDetailed also says that all went well */
export function handledText(result: HandleResult, now: bigint, isDetailed: boolean): string[] {
  const { handled, duplicates, failedAttempts, retriedLater, deadLettered, postponed, nextDueAt } = result
  const lines: string[] = []
  const parts = [
    `${countText(handled)} handled`,
    ...(duplicates > 0 ? [`${countText(duplicates)} handled before`] : []),
    ...(failedAttempts > 0 ? [counted(failedAttempts, 'failed attempt')] : []),
    ...(retriedLater > 0 ? [`${countText(retriedLater)} sent to retry topics`] : []),
    ...(deadLettered > 0 ? [`${countText(deadLettered)} dead-lettered`] : []),
  ]
  if (isDetailed || failedAttempts > 0) lines.push(`leat: ${parts.join(', ')}`)
  if (nextDueAt !== null) {
    const waitMs = Number(nextDueAt - now)
    lines.push(
      `leat: ${counted(postponed, 'record')} in retry topics left for another run, the first due in ${durationText(Math.max(0, waitMs))}`,
    )
  }
  return lines
}
