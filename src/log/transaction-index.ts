// `.txnindex`: the aborted transactions whose marker lies in the segment. Entries of 34 bytes, rising by last offset:
//
//   version int16 = 0 · producerId int64 · firstOffset int64 · lastOffset int64 (of the marker) · lastStableOffset int64
//
// Most logs have no such file: it is made with the first entry.
import type { Files } from '../system/files.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  /** Last stable offset after this transaction was decided. */
  readonly lastStableOffset: bigint
}

export interface TransactionIndexContents {
  readonly entries: readonly AbortedTransaction[]
  /** Why the bytes after the last entry are none, or null. */
  readonly problem: string | null
}

const ENTRY_SIZE = 34
const VERSION = 0

/** All that is in a transaction index, from its start to the first thing that is no entry. */
export function decodeTransactionIndex(bytes: Buffer): TransactionIndexContents {
  const entries: AbortedTransaction[] = []
  for (let at = 0; at < bytes.length; at += ENTRY_SIZE) {
    const problem = problemAt(bytes, at, entries.at(-1))
    if (problem !== null) return { entries, problem: `byte ${at}: ${problem}` }
    entries.push(decodeEntry(bytes, at))
  }
  return { entries, problem: null }
}

export function readTransactionIndex(files: Files, path: string): TransactionIndexContents {
  return files.stat(path) === null ? { entries: [], problem: null } : decodeTransactionIndex(files.readWhole(path))
}

/** Appends to a segment's transaction index. */
export class TransactionIndexWriter {
  readonly #files: Files
  readonly #path: string

  constructor(files: Files, path: string) {
    this.#files = files
    this.#path = path
  }

  /** Adds an entry unless it is there already; what is no entry is cut first. */
  append(entry: AbortedTransaction): void {
    const { entries } = readTransactionIndex(this.#files, this.#path)
    const last = entries.at(-1)
    if (last === undefined || last.lastOffset < entry.lastOffset) this.#replaceFrom(entries.length, encodeEntry(entry))
  }

  /** Keeps the entries whose marker lies before `offset`. */
  truncateTo(offset: bigint): void {
    if (this.#files.stat(this.#path) === null) return
    const { entries } = readTransactionIndex(this.#files, this.#path)
    const firstCut = entries.findIndex((entry) => entry.lastOffset >= offset)
    this.#replaceFrom(firstCut < 0 ? entries.length : firstCut, Buffer.alloc(0))
  }

  #replaceFrom(index: number, bytes: Buffer): void {
    const size = index * ENTRY_SIZE
    const file = this.#files.open(this.#path, 'create')
    try {
      if (file.stat().size > size) file.truncate(size)
      if (bytes.length > 0) file.write(bytes, 0, bytes.length, size)
    } finally {
      file.close()
    }
  }
}

function problemAt(bytes: Buffer, at: number, previous: AbortedTransaction | undefined): string | null {
  const left = bytes.length - at
  if (left < ENTRY_SIZE) return `${left} bytes are less than an entry`
  const version = bytes.readInt16BE(at)
  if (version !== VERSION) return `version ${version} is unknown`
  const { firstOffset, lastOffset } = decodeEntry(bytes, at)
  // The marker comes after the data, so zeros are no entry.
  if (firstOffset < 0n || lastOffset <= firstOffset) return `a transaction from offset ${firstOffset} to ${lastOffset}`
  if (previous !== undefined && previous.lastOffset >= lastOffset) return `last offset ${lastOffset} after ${previous.lastOffset}`
  return null
}

function decodeEntry(bytes: Buffer, at: number): AbortedTransaction {
  return {
    producerId: bytes.readBigInt64BE(at + 2),
    firstOffset: bytes.readBigInt64BE(at + 10),
    lastOffset: bytes.readBigInt64BE(at + 18),
    lastStableOffset: bytes.readBigInt64BE(at + 26),
  }
}

/** The bytes of an entry; an index is its entries one after the other. */
export function encodeEntry(entry: AbortedTransaction): Buffer {
  const bytes = Buffer.alloc(ENTRY_SIZE)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeBigInt64BE(entry.producerId, 2)
  bytes.writeBigInt64BE(entry.firstOffset, 10)
  bytes.writeBigInt64BE(entry.lastOffset, 18)
  bytes.writeBigInt64BE(entry.lastStableOffset, 26)
  return bytes
}
