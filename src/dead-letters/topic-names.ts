// What dead-letter topics are called, by who makes them. A name is a hint for `dlq list`; what a record is, its headers say.
const SUFFIXES = ['.dlq', '-dlq', '_dlq', '.dlt', '-dlt', '.DLT', '-DLT', '.DLQ', '-DLQ', '.dead-letter', '-dead-letter', '_poisoned']
const PREFIXES = ['dlq.', 'dlq-', 'dead-letter-topic-', 'error.']
const RETRY = /[.-]retry(?:[.-]\d+)?$/

export const DEAD_LETTER_SUFFIX = '.dlq'
export const PARKED_SUFFIX = '.parked'

export function isDeadLetterTopicName(topic: string): boolean {
  return (
    SUFFIXES.some((suffix) => topic.endsWith(suffix) && topic.length > suffix.length) || PREFIXES.some((prefix) => topic.startsWith(prefix))
  )
}

/** A topic in which records wait for their next attempt: not dead yet. */
export function isRetryTopicName(topic: string): boolean {
  return RETRY.test(topic)
}

export function isParkedTopicName(topic: string): boolean {
  return topic.endsWith(PARKED_SUFFIX)
}
