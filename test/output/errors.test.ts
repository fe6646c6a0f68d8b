import { expect, test } from 'vitest'
import { LeatError } from '../../src/errors/leat-error.ts'
import { renderError } from '../../src/output/errors.ts'

test('names and messages of others reach the terminal without control characters, and lines stay lines', () => {
  const error = new LeatError('X', "there is no topic '\u001B[2Jx\u009B'", { hint: 'one\n\u0007two' })
  const { text } = renderError(error, { isJson: false, isDebug: false, emphasize: (word) => word })
  expect(text).toBe("leat: there is no topic '\\x1b[2Jx\\x9b'\none\n\\x07two\n")
})
