// Bytes on their way out: one buffer that grows to what a batch of records needs and is used again and again. What is appended
// once a record is written without a call out of JavaScript: for some ten bytes that call costs more than the writing.

import { Copier, SLACK_BYTES } from '../bytes/compression/ranges.ts'

/** ASCII text that is appended again and again, in words of four bytes. */
export class FixedText {
  readonly length: number
  readonly words: Int32Array

  constructor(text: string | Buffer) {
    // `from` takes either, but is declared for one at a time.
    const bytes = Buffer.from(text as string)
    const padded = Buffer.alloc((bytes.length + 3) & ~3)
    bytes.copy(padded)
    this.length = bytes.length
    this.words = Int32Array.from({ length: padded.length >> 2 }, (_, index) => padded.readInt32LE(4 * index))
  }
}

/** `00` to `99`, as the two bytes of a little-endian word. */
const TWO_DIGITS = Uint16Array.from({ length: 100 }, (_, value) => 0x3030 + Math.trunc(value / 10) + ((value % 10) << 8))

/** Most digits of a number that is a safe integer, and a sign. */
const MAX_INTEGER_LENGTH = 17

export class Slab {
  bytes: Buffer
  length = 0
  /** Of `bytes`. */
  view: DataView
  readonly #initialBytes: number
  readonly #copier = new Copier()

  constructor(initialBytes = 1 << 18) {
    this.#initialBytes = initialBytes
    this.bytes = Buffer.allocUnsafeSlow(initialBytes)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `more` bytes after `length`. */
  reserve(more: number): void {
    if (this.length + more > this.bytes.length) this.#grow(this.length + more)
  }

  append(source: Buffer, start: number, end: number): void {
    const count = end - start
    this.reserve(count + SLACK_BYTES)
    this.#copier.copy(source, start, end, this.bytes, this.view, this.length)
    this.length += count
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  fixed({ words, length }: FixedText): void {
    this.reserve(4 * words.length)
    const { view } = this
    let at = this.length
    for (let index = 0; index < words.length; index++, at += 4) view.setInt32(at, words[index] as number, true)
    this.length += length
  }

  /** In decimal. @param value when a number, a safe integer */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') return this.text(`${value}`)
    this.reserve(MAX_INTEGER_LENGTH)
    let rest = value
    if (rest < 0) {
      this.bytes[this.length++] = 0x2d
      rest = -rest
    }
    if (rest < 1e8) return this.#digits(rest, digitCount(rest))
    const high = Math.floor(rest / 1e8)
    if (high < 1e8) this.#digits(high, digitCount(high))
    else {
      this.#digits(Math.floor(high / 1e8), 1)
      this.#digits(high % 1e8, 8)
    }
    this.#digits(rest - high * 1e8, 8)
  }

  /** ASCII text. */
  text(value: string): void {
    this.reserve(value.length)
    this.length += this.bytes.write(value, this.length, 'latin1')
  }

  utf8(value: string): void {
    this.reserve(3 * value.length)
    this.length += this.bytes.write(value, this.length, 'utf8')
  }

  /** Starts anew; the bytes so far stay as they are until more is appended. */
  clear(): void {
    this.length = 0
    // One huge record must not keep its memory for good.
    if (this.bytes.length > 4 * this.#initialBytes) this.#allocate(this.#initialBytes)
  }

  #grow(needed: number): void {
    const { bytes } = this
    this.#allocate(Math.max(needed, 2 * bytes.length))
    bytes.copy(this.bytes, 0, 0, this.length)
  }

  #allocate(size: number): void {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.view = new DataView(this.bytes.buffer)
  }

  /** `count` digits, at most 8, written from the right. */
  #digits(value: number, count: number): void {
    let rest = value | 0
    let at = this.length + count
    this.length = at
    while (at - 2 >= this.length - count) {
      const next = (rest / 100) | 0
      at -= 2
      this.view.setUint16(at, TWO_DIGITS[rest - next * 100] as number, true)
      rest = next
    }
    if ((count & 1) === 1) this.bytes[at - 1] = 0x30 + rest
  }
}

/** Decimal digits of a number below 1e8. */
function digitCount(value: number): number {
  if (value < 1e4) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4
  return value < 1e6 ? (value < 1e5 ? 5 : 6) : value < 1e7 ? 7 : 8
}
