// What `leat produce` says on stderr about the records that it stored, and those that it did not.
import { counted } from '../errors/counted.ts'
import type { ProduceResult } from '../operations/produce/produce.ts'
import { summaryText } from './progress.ts'

/** A line a record: `TOPIC PARTITION OFFSET`. */
export function offsetsText(topic: string, partition: number, firstOffset: bigint, recordCount: number): string {
  let lines = ''
  for (let index = 0n; index < recordCount; index++) lines += `${topic} ${partition} ${firstOffset + index}\n`
  return lines
}

/** @param topic null: the records say themselves which one they are of */
export function storedText(result: ProduceResult, topic: string | null, elapsedMs: number): string {
  return `stored ${summaryText({ ...result, elapsedMs })}${topic === null ? '' : ` in '${topic}'`}`
}

/** Of a dry run. */
export function plannedText({ records, rejected }: Pick<ProduceResult, 'records' | 'rejected'>, topic: string | null): string {
  const others = rejected === 0 ? '' : `, ${rejected} would not`
  return `${counted(records, 'record')} would be stored${topic === null ? '' : ` in '${topic}'`}${others}`
}

export function abortedText({ aborted }: Pick<ProduceResult, 'aborted'>): string {
  return `${counted(aborted, 'record of the open transaction is', 'records of the open transaction are')} aborted`
}

export function rejectedText({ rejected, deadLetterTopics }: Pick<ProduceResult, 'rejected' | 'deadLetterTopics'>): string {
  const were = counted(rejected, 'record was', 'records were')
  const [first] = deadLetterTopics
  if (first === undefined) return `${were} not stored`
  return `${were} set aside in ${deadLetterTopics.map((name) => `'${name}'`).join(', ')}: \`leat dlq show ${first}\` says why`
}
