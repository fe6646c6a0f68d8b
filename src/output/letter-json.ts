// A dead letter as one JSON object: the record's envelope, and what was made of it. schemas/dlq-show.json has it in full.
import type { Failure } from '../dead-letters/dead-letter.ts'
import type { DescribedHeader } from '../dead-letters/describe-headers.ts'
import type { ShownLetter } from '../operations/dlq/show.ts'
import { toJson } from './json.ts'
import { jsonBytes, jsonHeader } from './json-bytes.ts'

/** Without the line end. */
export function letterJson(shown: ShownLetter): string {
  const { topic, partition, offset, timestamp, key, value, described, letter, isPointer, original } = shown
  return toJson({
    topic,
    partition,
    offset,
    timestamp,
    key: jsonBytes(key),
    value: jsonBytes(value),
    headers: described.map(describedHeader),
    failures: (letter?.failures ?? []).map(failureJson),
    damaged: letter?.damaged ?? [],
    replays: letter === null ? 0 : letter.replays,
    isPointer,
    original:
      original === null
        ? null
        : {
            timestamp: original.timestamp,
            key: jsonBytes(original.key),
            value: jsonBytes(original.value),
            headers: original.headers.map(jsonHeader),
          },
  })
}

function describedHeader({ family, meaning, damage, ...header }: DescribedHeader): object {
  return { ...jsonHeader(header), ...(family === null ? {} : { family, meaning, damage }) }
}

function failureJson({ details, ...failure }: Failure): object {
  return { ...failure, details: Object.fromEntries(details) }
}
