// What a dead letter says of a handler that failed.
import { expect, test } from 'vitest'
import { errorOfEnd } from '../../../src/operations/handle/handler-error.ts'

const exit = { kind: 'exit', code: 1 } as const

test.each([
  ['', { type: 'exit-1', message: 'ended with exit code 1', stack: null }],
  ['no such order\n', { type: 'exit-1', message: 'no such order', stack: null }],
  ['trying\nno such order\n', { type: 'exit-1', message: 'no such order', stack: 'trying\nno such order' }],
  [
    'Traceback (most recent call last):\n  File "h.py", line 1\nshop.PriceError: too low\n',
    {
      type: 'shop.PriceError',
      message: 'too low',
      stack: 'Traceback (most recent call last):\n  File "h.py", line 1\nshop.PriceError: too low',
    },
  ],
  ['KeyError\n', { type: 'KeyError', message: 'ended with exit code 1', stack: null }],
  [
    'h.js:1\nTypeError: x is null\n    at h.js:1:7\n\nNode.js v24.0.0\n',
    { type: 'TypeError', message: 'x is null', stack: 'h.js:1\nTypeError: x is null\n    at h.js:1:7\n\nNode.js v24.0.0' },
  ],
])('standard error %j', (stderr, error) => {
  expect(errorOfEnd(exit, stderr, 'record')).toEqual({ ...error, fault: 'record' })
})

test('a handler that was killed says so, whatever it wrote before', () => {
  expect(errorOfEnd({ kind: 'signal', signal: 'SIGKILL' }, 'ValueError: x', 'record')).toEqual({
    type: 'signal-SIGKILL',
    message: 'was killed by SIGKILL',
    stack: 'ValueError: x',
    fault: 'record',
    killedBy: 'SIGKILL',
  })
})
