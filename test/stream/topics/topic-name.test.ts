import { describe, expect, test } from 'vitest'
import { checkTopicName, collidesWith, isInternalTopic } from '../../../src/stream/topics/topic-name.ts'

test.each(['a', 'orders', 'a.b-c_d.E-9', '...', '0', '_', '__consumer_offsets', 'x'.repeat(249)])('%j is a topic name', (name) => {
  expect(() => checkTopicName(name)).not.toThrow()
})

test.each(['', '.', '..', 'x'.repeat(250), 'a b', 'a/b', '../x', 'naïve', 'a\n', 'a:b', '名'])('%j is refused, as by Kafka', (name) => {
  expect(() => checkTopicName(name)).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC_EXCEPTION', exitCode: 2 }))
})

describe('names that differ only in . and _', () => {
  test.each([
    ['a.b', 'a_b', true],
    ['a_b.c', 'a.b_c', true],
    ['a.b', 'a.b', false],
    ['a.b', 'a-b', false],
    ['a.b', 'ab', false],
  ])('%s and %s collide: %s', (name, other, expected) => {
    expect(collidesWith(name, other)).toBe(expected)
    expect(collidesWith(other, name)).toBe(expected)
  })
})

test('internal topics are those of Kafka, not all that start with underscores', () => {
  expect(['__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata'].every(isInternalTopic)).toBe(true)
  expect(isInternalTopic('__mine')).toBe(false)
})
