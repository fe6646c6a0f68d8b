// LZ4's slow compressor: looks at many earlier places for each match, where the fast one (lz4-block.ts) looks at one, and
// prefers a longer match one byte later. The format is the same.
import { LAST_LITERALS, MATCH_SAFE_END, MIN_MATCH, writeLiterals, writeSequence } from './lz4-block.ts'
import { endOfMatch, viewOf } from './ranges.ts'

const HASH_BITS = 15
/** Beyond this level more places are not looked at, as in the native library. */
const MAX_LEVEL = 12

/**
 * Compresses up to 64 KiB into `output`, which has room for `maxLz4BlockSize`; returns the position after it.
 * @param level 1 to 17: 2^(level - 1) places are looked at for each match
 */
export function compressLz4BlockHigh(
  input: Buffer,
  start: number,
  end: number,
  output: Buffer,
  outputStart: number,
  level: number,
): number {
  const finder = new MatchFinder(input, start, end, 1 << (Math.min(level, MAX_LEVEL) - 1))
  let out = outputStart
  let literal = start
  let at = start
  while (at < end - MATCH_SAFE_END) {
    if (!finder.find(at)) {
      at++
      continue
    }
    let { distance, length } = finder
    while (at + 1 < end - MATCH_SAFE_END && finder.find(at + 1) && finder.length > length) {
      at++
      distance = finder.distance
      length = finder.length
    }
    out = writeSequence(input, literal, at, output, out, distance, length)
    at += length
    literal = at
  }
  return writeLiterals(input, literal, end, output, out)
}

/** All earlier places of each four bytes that hash alike, as chains: the newest first. Places count from the block's start. */
class MatchFinder {
  distance = 0
  length = 0
  readonly #view: DataView
  readonly #start: number
  readonly #limit: number
  readonly #attempts: number
  readonly #newest = new Int32Array(1 << HASH_BITS).fill(-1)
  readonly #previous: Int32Array
  #inserted: number

  constructor(input: Buffer, start: number, end: number, attempts: number) {
    this.#view = viewOf(input)
    this.#start = start
    this.#limit = end - LAST_LITERALS
    this.#attempts = attempts
    this.#previous = new Int32Array(end - start)
    this.#inserted = start
  }

  /** Leaves the longest match at `at` in `distance` and `length`; false when there is none. */
  find(at: number): boolean {
    const view = this.#view
    const word = view.getInt32(at, true)
    this.#insertUntil(at)
    this.length = MIN_MATCH - 1
    let place = this.#newest[hash(word)] as number
    for (let left = this.#attempts; place >= 0 && left > 0; left--) {
      const candidate = this.#start + place
      if (view.getInt32(candidate, true) === word) {
        const length = endOfMatch(view, candidate + MIN_MATCH, at + MIN_MATCH, this.#limit) - at
        if (length > this.length) {
          this.length = length
          this.distance = at - candidate
        }
        if (at + length === this.#limit) break
      }
      place = this.#previous[place] as number
    }
    return this.length >= MIN_MATCH
  }

  #insertUntil(at: number): void {
    for (; this.#inserted < at; this.#inserted++) {
      const slot = hash(this.#view.getInt32(this.#inserted, true))
      const place = this.#inserted - this.#start
      this.#previous[place] = this.#newest[slot] as number
      this.#newest[slot] = place
    }
  }
}

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
}
