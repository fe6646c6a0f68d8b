import { counted } from '../../errors/counted.ts'
import { LeatError } from '../../errors/leat-error.ts'

/** @param known ascending */
export function unknownPartition(topic: string, partition: number, known: readonly number[]): LeatError {
  const present = known.length === 0 ? 'none here' : `${counted(known.length, 'partition')}: ${ranges(known)}`
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `'${topic}' has no partition ${partition}; it has ${present}`, {
    hint: `See \`leat topic describe ${topic}\`; \`leat topic alter ${topic} --partitions N\` adds some.`,
  })
}

/** As --partition takes them: `0`, `0-5`, `0,2,5-7`. */
function ranges(partitions: readonly number[]): string {
  const starts = partitions.flatMap((partition, index) => (partitions[index - 1] === partition - 1 ? [] : [index]))
  return starts
    .map((start, index) => [partitions[start], partitions[(starts[index + 1] ?? partitions.length) - 1]])
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',')
}
