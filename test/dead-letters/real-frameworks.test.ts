// Dead letters that real frameworks wrote (fixtures/dead-letters): what their headers tell is what happened.
import { describe, expect, test } from 'vitest'
import { type Failure, type Header, readDeadLetter } from '../../src/dead-letters/dead-letter.ts'
import { ownHeaders } from '../../src/dead-letters/strip-headers.ts'
import { fixtureNames, type LetterPlace, type RealDeadLetter, realDeadLetters } from '../support/letters.ts'

function headersOf({ record }: RealDeadLetter): Header[] {
  return record.headers.map(({ key, value }) => ({ key, value: value === null ? null : Buffer.from(value.base64, 'base64') }))
}

/** Connect and Streams keep the record's own time and say none. */
function expectPlace(failure: Failure | undefined, place: LetterPlace): void {
  const { topic, partition, offset, timestamp, errorType } = place
  expect(failure).toMatchObject({ topic, partition, offset: offset === null ? null : BigInt(offset) })
  expect([null, ...(timestamp === null ? [] : [BigInt(timestamp)])]).toContain(failure?.timestamp)
  if (errorType !== undefined) expect(failure?.error.type).toBe(errorType)
}

test('there are fixtures of every framework', () => {
  expect(fixtureNames.length).toBeGreaterThanOrEqual(8)
})

const STACKLESS = new Set(['rabbitmq', 'smallrye'])

describe.each(fixtureNames)('%s', (name) => {
  const lines = realDeadLetters(name)

  test.each(lines.map((line, index) => [index, line] as const))('dead letter %i', (_, line) => {
    const { truth } = line
    const letter = readDeadLetter(headersOf(line))
    expect(letter?.damaged).toEqual([])
    const failures = letter?.failures ?? []
    const places = [truth.origin, ...(truth.via ?? [])]
    expect(failures.map(({ family }) => family)).toEqual(places.map(() => truth.family))
    for (const [index, place] of places.entries()) expectPlace(failures[index], place)
    const last = failures.at(-1)
    if (!STACKLESS.has(truth.family)) expect(last?.error.stack).toMatch(/^\S+: /)
    if (truth.group !== undefined) expect(last?.group).toBe(truth.group)
    if (truth.errorType !== undefined) expect(last?.error.type).toBe(truth.errorType)
    if (truth.errorMessage !== undefined) expect(last?.error.message).toBe(truth.errorMessage)
    if (truth.attempts !== undefined) expect(last?.attempts).toBe(truth.attempts)
    if (truth.stage !== undefined) expect(last?.details.get('stage')).toBe(truth.stage)
    if (truth.connector !== undefined) expect(last?.details.get('connector')).toBe(truth.connector)
  })

  test('without its failure headers only those of the application are left', () => {
    for (const line of lines) for (const { key } of ownHeaders(headersOf(line))) expect(['trace-id', 'CC']).toContain(key)
  })
})
