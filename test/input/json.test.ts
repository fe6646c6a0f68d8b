import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadRecord } from '../../src/input/bad-record.ts'
import { decodeBase64 } from '../../src/input/base64.ts'
import { JsonCursor } from '../../src/input/json-cursor.ts'
import { JsonPath, JsonSpan } from '../../src/input/json-path.ts'
import { unescapeString } from '../../src/input/json-string.ts'
import { JsonValidator } from '../../src/input/json-validator.ts'

/** What lies around a text in a buffer must not matter: here it is more JSON. */
function within(text: string | Buffer): { bytes: Buffer; start: number; end: number } {
  const middle = Buffer.from(text as string)
  return { bytes: Buffer.concat([Buffer.from('"{['), middle, Buffer.from('"]}:,1')]), start: 3, end: 3 + middle.length }
}

function find(text: string, path: string): { kind: string; text: string | null } {
  const { bytes, start, end } = within(text)
  const span = new JsonSpan()
  new JsonPath(path).find(bytes, start, end, span)
  return { kind: span.kind, text: span.kind === 'missing' ? null : bytes.toString('utf8', span.start, span.end) }
}

function isValid(text: string): boolean {
  const { bytes, start, end } = within(text)
  try {
    new JsonValidator().check(bytes, start, end)
    return true
  } catch (error) {
    if (error instanceof BadRecord) return false
    throw error
  }
}

function isParsed(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function unescape(content: string): string {
  const bytes = Buffer.from(`${content}" and more`)
  const cursor = new JsonCursor()
  cursor.open(bytes, 0, Buffer.byteLength(content) + 1)
  const into = Buffer.alloc(bytes.length)
  return into.toString('utf8', 0, unescapeString(cursor, into, 0))
}

const names = fc.oneof(fc.constantFrom('a', 'b', 'id', 'a b', '', 'é', 'quote"', 'back\\slash', 'a.b'), fc.string({ maxLength: 5 }))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

const spacing = fc.constantFrom(undefined, 1, '\t')

/** JSON text with some of its characters damaged. */
const nearlyJson = fc
  .tuple(
    json,
    spacing,
    fc.nat(),
    fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', 'n', ' ', '\n', '\u0001', '\\u12'),
  )
  .map(([value, space, at, change]) => {
    const text = JSON.stringify(value, null, space)
    const place = at % (text.length + 1)
    return text.slice(0, place) + change + text.slice(place + (at % 2))
  })

test('a path finds what JavaScript finds in the parsed text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(names, json, { minKeys: 1, noNullPrototype: true }), fc.array(json, { minLength: 1 })),
      spacing,
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      (root, space, choices) => {
        // Walks down from the root by these choices, which makes a path that exists.
        let value: unknown = root
        let path = ''
        for (const choice of choices) {
          if (typeof value !== 'object' || value === null) break
          const entries = Object.entries(value)
          if (entries.length === 0) break
          const [name, inner] = entries[choice % entries.length] as [string, unknown]
          path += Array.isArray(value) ? `[${name}]` : `.${JSON.stringify(name)}`
          value = inner
        }
        const found = find(JSON.stringify(root, null, space), path)
        expect(JSON.parse(found.kind === 'string' ? `"${found.text}"` : (found.text as string))).toEqual(JSON.parse(JSON.stringify(value)))
      },
    ),
    { numRuns: 1000 },
  )
})

test.each([
  ['{"customerId":"c-1"}', '.customerId', 'string', 'c-1'],
  ['{"customerId":"c-1"}', 'customerId', 'string', 'c-1'],
  ['{"order":{"id":7}}', '.order.id', 'number', '7'],
  ['{"items":[{"sku":"x"},{"sku":"y"}]}', '.items[1].sku', 'string', 'y'],
  ['{"items":[1]}', '.items[1]', 'missing', null],
  ['{"items":[]}', '.items[0]', 'missing', null],
  ['[{"a":1}]', '[0].a', 'number', '1'],
  ['{"a b":1}', '."a b"', 'number', '1'],
  ['{"a.b":1,"a":{"b":2}}', '."a.b"', 'number', '1'],
  ['{"a.b":1,"a":{"b":2}}', '.a.b', 'number', '2'],
  ['{"x":{"id":1},"y":[{"id":2}],"z":"\\"id\\":3","id":4}', '.id', 'number', '4'],
  ['{"\\u0069d":5}', '.id', 'number', '5'],
  [' { "id" : \n [ 1 , 2 ] } ', '.id', 'array', '[ 1 , 2 ]'],
  ['{"id":9007199254740993}', '.id', 'number', '9007199254740993'],
  ['{"id":null}', '.id', 'null', 'null'],
  ['{"id":{"a":"}"}}', '.id', 'object', '{"a":"}"}'],
  ['{}', '.id', 'missing', null],
  ['{"id":1}', '.id.deeper', 'missing', null],
  ['{"id":"first","id":"second"}', '.id', 'string', 'first'],
])('in %s, %s is a %s', (text, path, kind, value) => {
  expect(find(text, path)).toEqual({ kind, text: value })
})

test.each([
  ['hello', 'it is not a JSON object'],
  ['', 'it is not a JSON object'],
  ['"text"', 'it is not a JSON object'],
  ['{"a":1', 'it ends too early'],
  ['{"a', 'it ends within a string'],
  ['{"a":1 "id":2}', `unexpected '"id":2}'`],
  ['{a:1}', `unexpected 'a:1}'`],
  ['{"id":}', `unexpected '}'`],
  ['{"id":tru}', `unexpected 'tru}'`],
  ['{"id":007}', `unexpected '007}'`],
  ['{"a":"\n"}', 'a string has a control character (0x0a), which JSON writes as an escape'],
])('looking into %j says why that is not possible', (text, reason) => {
  expect(() => find(text, '.id')).toThrow(new BadRecord(reason).message)
})

test.each(['', '.', '..a', '.a[', '.a[x]', '."a', '.a]b', '."\\x"'])('%j is not a path, and the error shows what is', (text) => {
  expect(() => new JsonPath(text)).toThrow(`'${text}' is not a path into a JSON value`)
})

test('whatever the bytes, looking for a path ends, and fails only with a reason', () => {
  const path = new JsonPath('.a[0].b')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        nearlyJson.map((text) => Buffer.from(text)),
      ),
      (content) => {
        const { bytes, start, end } = within(Buffer.from(content))
        const span = new JsonSpan()
        try {
          path.find(bytes, start, end, span)
        } catch (error) {
          expect(error).toBeInstanceOf(BadRecord)
          return
        }
        if (span.kind === 'missing') return
        expect(span.start).toBeGreaterThanOrEqual(start)
        expect(span.end).toBeLessThanOrEqual(end)
      },
    ),
    { numRuns: 2000 },
  )
})

test('text is valid when JSON.parse takes it, damaged or not', () => {
  fc.assert(
    fc.property(fc.oneof(nearlyJson, fc.string({ unit: fc.constantFrom(...'{}[]",:0-1.eE+truefalsn \\u') })), (text) => {
      expect(isValid(text)).toBe(isParsed(text))
    }),
    { numRuns: 5000 },
  )
})

test('nesting of any depth is checked without recursion', () => {
  expect(isValid('['.repeat(200_000) + ']'.repeat(200_000))).toBe(true)
  expect(isValid('{"a":['.repeat(50_000) + ']}'.repeat(49_999) + '}]')).toBe(false)
})

test('strings unescape to what JSON.parse makes of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, isAscii) => {
      const quoted = JSON.stringify(text)
      const escaped = isAscii ? quoted.replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`) : quoted
      expect(unescape(escaped.slice(1, -1))).toBe(text)
    }),
    { numRuns: 2000 },
  )
  expect(unescape(String.raw`\"\\\/\b\f\n\r\t\u0041\uD83D\ude00`)).toBe('"\\/\b\f\n\r\tA😀')
})

test.each([
  [String.raw`\ud800`, String.raw`\ud800 is half of a surrogate pair, which no bytes stand for`],
  [String.raw`\ud800\u0041`, String.raw`\ud800 is half of a surrogate pair, which no bytes stand for`],
  [String.raw`\udc00\ud800`, String.raw`\udc00 is half of a surrogate pair, which no bytes stand for`],
  [String.raw`\x41`, String.raw`JSON has no escape '\x'`],
  [String.raw`\u00g0`, String.raw`JSON has no escape '\u00g0'`],
  [String.raw`\u00`, String.raw`JSON has no escape '\u00"'`],
  ['a\u0000b', 'a string has a control character (0x00), which JSON writes as an escape'],
])('%s cannot be bytes, and the error says why', (content, reason) => {
  expect(() => unescape(content)).toThrow(reason)
})

test('base64 of any bytes decodes to them, and nothing else decodes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(),
      fc.constantFrom('', '=', '*', '-', 'A', '\u0000', 'ÿ'),
      (content, at, change) => {
        const bytes = Buffer.from(content)
        const text = bytes.toString('base64')
        const into = Buffer.alloc(100)
        expect(into.subarray(0, decodeBase64(Buffer.from(text), 0, text.length, into, 0))).toEqual(bytes)

        const place = at % (text.length + 1)
        const damaged = Buffer.from(text.slice(0, place) + change + text.slice(place + 1), 'latin1')
        const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(damaged.toString('latin1'))
        expect(decodeBase64(damaged, 0, damaged.length, into, 0) >= 0).toBe(isBase64)
      },
    ),
    { numRuns: 2000 },
  )
})
