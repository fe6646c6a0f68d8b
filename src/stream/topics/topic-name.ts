// Kafka's rules for topic names.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { METADATA_TOPIC, OFFSETS_TOPIC, SHARE_STATE_TOPIC, TRANSACTION_TOPIC } from '../../record/internal/internal-topics.ts'

const MAX_LENGTH = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

const INTERNAL = new Set([METADATA_TOPIC, OFFSETS_TOPIC, TRANSACTION_TOPIC, SHARE_STATE_TOPIC])

export function isInternalTopic(name: string): boolean {
  return INTERNAL.has(name)
}

/** Why Kafka would refuse the name, or null. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return `it is '${name}'`
  if (name.length > MAX_LENGTH) return `it has ${name.length} characters, more than ${MAX_LENGTH}`
  return LEGAL.test(name) ? null : "it has a character that is not a letter, a digit, '.', '_' or '-'"
}

/** @throws LeatError INVALID_TOPIC_EXCEPTION */
export function checkTopicName(name: string): void {
  const problem = topicNameProblem(name)
  if (problem === null) return
  throw new LeatError('INVALID_TOPIC_EXCEPTION', `'${name.slice(0, 80)}' is not a topic name: ${problem}`, {
    hint: "Topic names have up to 249 letters, digits, '.', '_' and '-'.",
    exitCode: exitCodes.usage,
  })
}

/** Kafka's metrics write '.' as '_', so two names that differ only there collide; Kafka refuses the second. */
export function collidesWith(name: string, other: string): boolean {
  return name !== other && name.replaceAll('.', '_') === other.replaceAll('.', '_')
}
