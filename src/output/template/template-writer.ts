// --format: a template, compiled once into functions that each append a part. Verbs are kcat's, then kcl's where those do not
// contradict; see VERBS. Nothing is added to what the template says, a newline neither.
import { CODEC_NAMES } from '../../bytes/compression/index.ts'
import { NotationError, asUsage } from '../../grammar/point-at.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import { writeHeadersJson } from '../headers-json.ts'
import { RecordPlace } from '../record-place.ts'
import type { RecordWriter } from '../record-writer.ts'
import { FixedText, type Slab } from '../slab.ts'
import {
  BYTES_ENCODINGS,
  type BytesEncoding,
  INTEGER_ENCODINGS,
  type IntegerEncoding,
  bytesEncoding,
  integerEncoding,
} from './encodings.ts'
import { type Piece, parseTemplate } from './parse-template.ts'
import { goLayout } from './go-layout.ts'
import { RFC3339, strftime } from './strftime.ts'

export interface TemplateOptions {
  /** Printed for a null key or value; kcat's `-Z` prints `NULL`. Nothing by default. */
  readonly nullText?: string
}

/** What the parts of a template read. */
interface Present {
  cursor: RecordCursor
  topic: Buffer
  partition: number
  /** Records printed, this one included. */
  count: number
  readonly place: RecordPlace
  readonly header: HeaderCursor
}

type Part = (present: Present, out: Slab) => void

const VERBS = `%t topic, %p partition, %o offset, %k key, %s or %v value, %K and %S or %V their lengths (-1 for null), %R the value's length in 4 bytes,
%T or %d timestamp in ms, %d{rfc3339}, %d{strftime[%F %T]}, %d{go[2006-01-02]}, %h headers, %h{json}, %h{%k=%v;} for each header, %H how many, %e leader epoch,
%x producer id, %y producer epoch, %i count, %a{compression|timestamp-type|transactional-bit|control-bit}, %% percent, %{ %} braces, \\n \\t \\xNN.
After %t %k %s %v: ${BYTES_ENCODINGS.map((name) => `{${name}}`).join(' ')}; after numbers: ${INTEGER_ENCODINGS.filter(
  (name) => !name.endsWith('16'),
)
  .map((name) => `{${name}}`)
  .join(' ')}.`

/** @throws LeatError (usage) that points at what is wrong in the template */
export function compileTemplate(template: string, options: TemplateOptions = {}): RecordWriter {
  const nullText = Buffer.from(options.nullText ?? '')
  return new TemplateWriter(asUsage('--format', template, `Verbs: ${VERBS}`, () => compile(parseTemplate(template), recordVerb, nullText)))
}

class TemplateWriter implements RecordWriter {
  readonly #parts: readonly Part[]
  #topic: string | null = null
  #present: Present | null = null

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    const present = (this.#present ??= {
      cursor,
      topic: Buffer.from(topic),
      partition,
      count: 0,
      place: new RecordPlace(),
      header: new HeaderCursor(),
    })
    if (topic !== this.#topic) present.topic = Buffer.from(topic)
    this.#topic = topic
    present.partition = partition
    present.place.beginBatch(cursor.header)
  }

  write(cursor: RecordCursor, out: Slab): void {
    const present = this.#present
    if (present === null) throw new Error('beginBatch comes first')
    present.cursor = cursor
    present.count++
    for (const part of this.#parts) part(present, out)
  }
}

type Verb = Extract<Piece, { verb: string }>
type VerbCompiler = (verb: Verb, nullText: Buffer) => Part | null

function compile(pieces: readonly Piece[], compileVerb: VerbCompiler, nullText: Buffer): Part[] {
  return pieces.map((piece) => {
    if ('literal' in piece) return literal(piece.literal)
    const part = compileVerb(piece, nullText)
    if (part === null) throw new NotationError(`unknown verb '%${piece.verb}'`, piece.at)
    return part
  })
}

function literal(bytes: Buffer): Part {
  const text = new FixedText(bytes)
  return (_, out) => out.fixed(text)
}

const BYTES: Record<string, (encode: BytesEncoding) => Part> = {
  t: (encode) => (present, out) => encode(out, present.topic, 0, present.topic.length),
  k: (encode) => (present, out) => encode(out, present.cursor.bytes, present.cursor.keyStart, present.cursor.keyEnd),
  s: (encode) => (present, out) => encode(out, present.cursor.bytes, present.cursor.valueStart, present.cursor.valueEnd),
}

const INTEGERS: Record<string, (encode: IntegerEncoding) => Part> = {
  p: (encode) => (present, out) => encode(out, present.partition),
  o: (encode) => (present, out) => encode(out, present.place.offset(present.cursor)),
  T: (encode) => (present, out) => encode(out, present.place.timestamp(present.cursor)),
  K: (encode) => (present, out) => encode(out, lengthOf(present.cursor.keyStart, present.cursor.keyEnd)),
  S: (encode) => (present, out) => encode(out, lengthOf(present.cursor.valueStart, present.cursor.valueEnd)),
  H: (encode) => (present, out) => encode(out, present.cursor.headerCount),
  e: (encode) => (present, out) => encode(out, present.cursor.header.partitionLeaderEpoch),
  x: (encode) => (present, out) => encode(out, present.cursor.header.producerId),
  y: (encode) => (present, out) => encode(out, present.cursor.header.producerEpoch),
  i: (encode) => (present, out) => encode(out, present.count),
}

const ATTRIBUTES = new Map<string | null, Part>([
  ['compression', ({ cursor }, out) => out.text(CODEC_NAMES[cursor.header.codec] ?? `${cursor.header.codec}`)],
  ['timestamp-type', ({ cursor }, out) => out.text(cursor.header.timestampType)],
  ['transactional-bit', ({ cursor }, out) => out.integer(cursor.header.isTransactional ? 1 : 0)],
  ['control-bit', ({ cursor }, out) => out.integer(cursor.header.isControl ? 1 : 0)],
])

/** Other names of verbs. */
const SAME_AS: Record<string, string> = { v: 's', V: 'S', d: 'T' }

function recordVerb(piece: Verb, nullText: Buffer): Part | null {
  const name = SAME_AS[piece.verb] ?? piece.verb
  if (name === 'h') return headersVerb(piece)
  if (name === 'a')
    return ATTRIBUTES.get(piece.modifier) ?? badModifier(piece, ['compression', 'timestamp-type', 'transactional-bit', 'control-bit'])
  // An encoding of this name there is.
  if (name === 'R' && piece.modifier === null) return INTEGERS['S']?.(integerEncoding('big32') as IntegerEncoding) ?? null
  if (piece.verb === 'd' && piece.modifier !== null && integerEncoding(piece.modifier) === null) return timeVerb(piece, piece.modifier)
  return bytesVerb(BYTES[name], piece, nullText) ?? integerVerb(INTEGERS[name], piece)
}

function bytesVerb(make: ((encode: BytesEncoding) => Part) | undefined, piece: Verb, nullText: Buffer): Part | null {
  if (make === undefined) return null
  return make(bytesEncoding(piece.modifier, nullText) ?? badModifier(piece, BYTES_ENCODINGS))
}

function integerVerb(make: ((encode: IntegerEncoding) => Part) | undefined, piece: Verb): Part | null {
  if (make === undefined) return null
  return make(integerEncoding(piece.modifier) ?? badModifier(piece, INTEGER_ENCODINGS))
}

function timeVerb(piece: Verb, modifier: string): Part {
  const [, language, pattern = ''] = /^(strftime|go)\[(.*)\]$/s.exec(modifier) ?? []
  if (language === undefined && modifier !== 'rfc3339') return badModifier(piece, ['rfc3339', 'strftime[…]', 'go[…]', ...INTEGER_ENCODINGS])
  const text =
    language === 'go' ? goLayout(pattern) : strftime(language === undefined ? RFC3339 : pattern, piece.modifierAt + 'strftime['.length)
  return (present, out) => out.utf8(text(present.place.timestamp(present.cursor)))
}

/** All headers: `a=b,c=NULL` as in kcat, a JSON array, or a template of its own for each. */
function headersVerb(piece: Verb): Part {
  if (piece.modifier === 'json') return ({ cursor, header }, out) => writeHeadersJson(cursor, header, out)
  if (piece.modifier !== null && !piece.modifier.includes('%')) return badModifier(piece, ['json', '%k=%v,'])
  // A header's null is always told apart from an empty one.
  const nullText = Buffer.from('NULL')
  const pieces = piece.modifier === null ? parseTemplate('%k=%v') : parseTemplate(piece.modifier, piece.modifierAt)
  const parts = compile(pieces, headerVerb, nullText)
  const separator = piece.modifier === null ? 0x2c : -1
  return (present, out) => {
    present.header.open(present.cursor)
    for (let index = 0; present.header.next(); index++) {
      if (separator >= 0 && index > 0) out.byte(separator)
      for (const part of parts) part(present, out)
    }
  }
}

const HEADER_BYTES: Record<string, (encode: BytesEncoding) => Part> = {
  k:
    (encode) =>
    ({ cursor, header }, out) =>
      encode(out, cursor.bytes, header.keyStart, header.keyEnd),
  v:
    (encode) =>
    ({ cursor, header }, out) =>
      encode(out, cursor.bytes, header.valueStart, header.valueEnd),
}

const HEADER_INTEGERS: Record<string, (encode: IntegerEncoding) => Part> = {
  K:
    (encode) =>
    ({ header }, out) =>
      encode(out, lengthOf(header.keyStart, header.keyEnd)),
  V:
    (encode) =>
    ({ header }, out) =>
      encode(out, lengthOf(header.valueStart, header.valueEnd)),
}

function headerVerb(piece: Verb, nullText: Buffer): Part | null {
  const name = { s: 'v', S: 'V' }[piece.verb] ?? piece.verb
  return bytesVerb(HEADER_BYTES[name], piece, nullText) ?? integerVerb(HEADER_INTEGERS[name], piece)
}

function lengthOf(start: number, end: number): number {
  return start < 0 ? -1 : end - start
}

function badModifier(piece: Verb, known: readonly string[]): never {
  const what = piece.modifier === null ? `'%${piece.verb}' needs a modifier` : `'%${piece.verb}' has no modifier '${piece.modifier}'`
  throw new NotationError(`${what} (there are ${known.map((name) => `{${name}}`).join(' ')})`, piece.modifierAt)
}
