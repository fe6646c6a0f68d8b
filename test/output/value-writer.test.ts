import { expect, test } from 'vitest'
import { ValueWriter } from '../../src/output/record-writer.ts'
import { printed } from './batches.ts'

test('values are printed as they are, each followed by the delimiter', () => {
  const binary = Buffer.from([0, 0xff, 10])
  expect(
    printed(new ValueWriter(Buffer.from('\n')), [{ value: 'a', key: 'k' }, { value: '' }, { value: null }, { value: binary }]),
  ).toEqual(Buffer.from('a\n\n\n\0\xff\n\n', 'latin1'))
  expect(printed(new ValueWriter(Buffer.from('--')), [{ value: 'a' }, { value: 'b' }]).toString()).toBe('a--b--')
  expect(printed(new ValueWriter(Buffer.alloc(0)), [{ value: 'a' }, { value: 'b' }]).toString()).toBe('ab')
})

test('with a key delimiter, keys are printed before the values', () => {
  const writer = new ValueWriter(Buffer.from('\n'), { keyDelimiter: Buffer.from(': ') })
  expect(printed(writer, [{ key: 'k', value: 'v' }, { value: 'w' }]).toString()).toBe('k: v\n: w\n')
})

test('null keys and values can be told from empty ones', () => {
  const writer = new ValueWriter(Buffer.from('\n'), { keyDelimiter: Buffer.from(':'), nullText: 'NULL' })
  expect(printed(writer, [{ key: '', value: '' }, {}]).toString()).toBe(':\nNULL:NULL\n')
})
