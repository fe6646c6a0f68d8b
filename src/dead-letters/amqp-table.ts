// Field values of AMQP 0-9-1, as RabbitMQ has them in a message's header table:
//
//   array:  size int32 · values, each with its type          table:  size int32 · (name: length uint8 · bytes · value with its type)…
//   types:  t bool · b int8 · B uint8 · s int16 · u uint16 · I int32 · i uint32 · l int64 · f float · d double · D scale uint8 · int32
//           S longstr: size int32 · bytes · x the same, bytes · A array · F table · T seconds int64 · V nothing              (big endian)

export type AmqpValue = string | number | bigint | boolean | null | Buffer | readonly AmqpValue[] | AmqpTable
export type AmqpTable = ReadonlyMap<string, AmqpValue>

/** Deeper nesting than this is no header table. */
export const MAX_DEPTH = 16

export class AmqpSyntaxError extends Error {}

/** A field array that is all of the bytes, with its type before it or without. @throws AmqpSyntaxError */
export function readFieldArray(bytes: Buffer): readonly AmqpValue[] {
  const reader = new FieldReader(bytes)
  if (bytes[0] === TYPE_ARRAY) reader.take(1)
  const values = reader.array(0)
  if (!reader.isAtEnd) throw new AmqpSyntaxError('something follows its end')
  return values
}

const TYPE_ARRAY = 0x41

class FieldReader {
  readonly #bytes: Buffer
  #position = 0
  #end: number

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  get isAtEnd(): boolean {
    return this.#position === this.#end
  }

  /** Passes over so many bytes, and says where they begin. */
  take(count: number): number {
    const at = this.#position
    if (count < 0 || at + count > this.#end) throw new AmqpSyntaxError('it is cut off')
    this.#position = at + count
    return at
  }

  array(depth: number): AmqpValue[] {
    const values: AmqpValue[] = []
    this.#sized(() => values.push(this.#value(depth)))
    return values
  }

  #table(depth: number): AmqpTable {
    const table = new Map<string, AmqpValue>()
    this.#sized(() => {
      const name = this.#text(this.#bytes.readUInt8(this.take(1)))
      table.set(name, this.#value(depth))
    })
    return table
  }

  /** Reads one item after the other up to the end that the size before them says. */
  #sized(readItem: () => void): void {
    const outerEnd = this.#end
    const size = this.#bytes.readInt32BE(this.take(4))
    const start = this.take(size)
    this.#position = start
    this.#end = start + size
    while (!this.isAtEnd) readItem()
    this.#end = outerEnd
  }

  #text(size: number): string {
    const at = this.take(size)
    return this.#bytes.toString('utf8', at, at + size)
  }

  #value(depth: number): AmqpValue {
    if (depth > MAX_DEPTH) throw new AmqpSyntaxError('it is nested too deeply')
    const bytes = this.#bytes
    const type = String.fromCharCode(bytes.readUInt8(this.take(1)))
    switch (type) {
      case 't':
        return bytes.readUInt8(this.take(1)) !== 0
      case 'b':
        return bytes.readInt8(this.take(1))
      case 'B':
        return bytes.readUInt8(this.take(1))
      case 's':
        return bytes.readInt16BE(this.take(2))
      case 'u':
        return bytes.readUInt16BE(this.take(2))
      case 'I':
        return bytes.readInt32BE(this.take(4))
      case 'i':
        return bytes.readUInt32BE(this.take(4))
      case 'l':
      case 'T':
        return bytes.readBigInt64BE(this.take(8))
      case 'f':
        return bytes.readFloatBE(this.take(4))
      case 'd':
        return bytes.readDoubleBE(this.take(8))
      case 'D': {
        const scale = bytes.readUInt8(this.take(1))
        return bytes.readInt32BE(this.take(4)) / 10 ** scale
      }
      case 'S':
        return this.#text(bytes.readInt32BE(this.take(4)))
      case 'x': {
        const size = bytes.readInt32BE(this.take(4))
        const at = this.take(size)
        return bytes.subarray(at, at + size)
      }
      case 'A':
        return this.array(depth + 1)
      case 'F':
        return this.#table(depth + 1)
      case 'V':
        return null
      default:
        throw new AmqpSyntaxError('it has a value of an unknown type')
    }
  }
}
