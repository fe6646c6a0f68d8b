// `.txnindex`: the aborted transactions whose marker lies in the segment. Entries of 34 bytes, rising by last offset:
//
//   version int16 = 0 · producerId int64 · firstOffset int64 · lastOffset int64 (of the marker) · lastStableOffset int64
//
// Most logs have no such file: it is made with the first entry.
import type { Files, OpenFile } from '../system/files.ts'

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
    const file = this.#files.open(this.#path, 'create')
    try {
      const last = lastEntry(file) ?? this.#cutToEntries(file)
      if (last === null || last.lastOffset < entry.lastOffset) file.write(encodeEntry(entry), 0, ENTRY_SIZE, file.stat().size)
    } finally {
      file.close()
    }
  }

  /** @returns the last entry, or null when there is none */
  #cutToEntries(file: OpenFile): AbortedTransaction | null {
    const { entries, problem } = readTransactionIndex(this.#files, this.#path)
    if (problem !== null) file.truncate(entries.length * ENTRY_SIZE)
    return entries.at(-1) ?? null
  }

  /** Keeps the entries whose marker lies before `offset`. */
  truncateTo(offset: bigint): void {
    if (this.#files.stat(this.#path) === null) return
    const { entries } = readTransactionIndex(this.#files, this.#path)
    const firstCut = entries.findIndex((entry) => entry.lastOffset >= offset)
    const size = (firstCut < 0 ? entries.length : firstCut) * ENTRY_SIZE
    const file = this.#files.open(this.#path, 'create')
    try {
      if (file.stat().size > size) file.truncate(size)
    } finally {
      file.close()
    }
  }
}

/** Without reading all, since a log may have any number of aborts; null where the file does not end with an entry. */
function lastEntry(file: OpenFile): AbortedTransaction | null {
  const { size } = file.stat()
  const bytes = Buffer.alloc(ENTRY_SIZE)
  if (size === 0 || size % ENTRY_SIZE !== 0 || file.read(bytes, 0, ENTRY_SIZE, size - ENTRY_SIZE) < ENTRY_SIZE) return null
  return problemAt(bytes, 0, undefined) === null ? decodeEntry(bytes, 0) : null
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
