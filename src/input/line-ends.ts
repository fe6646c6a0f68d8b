// Finds the ends of the lines in a range, one after the other. Lines are short, so a call out of JavaScript for each (`indexOf`) costs five times
// what the search does; the kernel finds those of many lines at once.
import { findByte, viewOf } from '../bytes/compression/ranges.ts'
import { RecordKernel, recordKernel } from '../record/kernel/record-kernel.ts'

const NONE = new Int32Array(0)

export class LineEnds {
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #delimiter: number
  readonly #end: number
  /** Looked through up to here. */
  #position: number
  /** The first after a move is looked for by itself: there may be another move before the next. */
  #isFirst = true
  #found = NONE
  #index = 0

  constructor(bytes: Buffer, delimiter: number, from: number, end: number) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#delimiter = delimiter
    this.#position = from
    this.#end = end
  }

  /** Goes on from `position`. */
  moveTo(position: number): void {
    this.#position = position
    this.#isFirst = true
    this.#found = NONE
    this.#index = 0
  }

  /** The position of the next delimiter; `end` when there is none left. */
  next(): number {
    if (this.#index < this.#found.length) return this.#found[this.#index++] as number
    const kernel = this.#isFirst ? null : recordKernel(this.#end - this.#position)
    this.#isFirst = false
    return kernel === null ? this.#findOne() : this.#findMany(kernel)
  }

  #findOne(): number {
    const found = findByte(this.#view, this.#delimiter, this.#position, this.#end)
    this.#position = found + 1
    return found
  }

  #findMany(kernel: RecordKernel): number {
    while (this.#position < this.#end) {
      const end = Math.min(this.#end, this.#position + RecordKernel.maxLineEndsBytes)
      this.#found = kernel.lineEnds(this.#bytes, this.#position, end, this.#delimiter)
      this.#index = 0
      this.#position = end
      if (this.#found.length > 0) return this.#found[this.#index++] as number
    }
    return this.#end
  }
}
