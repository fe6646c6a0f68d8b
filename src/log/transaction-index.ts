// `.txnindex`: the aborted transactions whose marker lies in the segment. Entries of 34 bytes, rising by last offset:
//
//   version int16 = 0 · producerId int64 · firstOffset int64 · lastOffset int64 (of the marker) · lastStableOffset int64
import type { Files, OpenFile } from '../system/files.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  /** Last stable offset after this transaction was decided. */
  readonly lastStableOffset: bigint
}

const ENTRY_SIZE = 34
const VERSION = 0

export function decodeTransactionIndex(bytes: Buffer): AbortedTransaction[] {
  const entries: AbortedTransaction[] = []
  for (let at = 0; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
    const entry = {
      producerId: bytes.readBigInt64BE(at + 2),
      firstOffset: bytes.readBigInt64BE(at + 10),
      lastOffset: bytes.readBigInt64BE(at + 18),
      lastStableOffset: bytes.readBigInt64BE(at + 26),
    }
    const previous = entries.at(-1)
    const isEntry = bytes.readInt16BE(at) === VERSION && entry.firstOffset >= 0n && entry.lastOffset > entry.firstOffset
    if (!isEntry || (previous !== undefined && previous.lastOffset >= entry.lastOffset)) break
    entries.push(entry)
  }
  return entries
}

export function readTransactionIndex(files: Files, path: string): AbortedTransaction[] {
  return files.stat(path) === null ? [] : decodeTransactionIndex(files.readWhole(path))
}

/** Appends to a segment's transaction index; the file is made with the first entry, as most logs have none. */
export class TransactionIndexWriter {
  readonly #files: Files
  readonly #path: string

  constructor(files: Files, path: string) {
    this.#files = files
    this.#path = path
  }

  /** Adds an entry unless it is there already. */
  append(entry: AbortedTransaction): void {
    const present = readTransactionIndex(this.#files, this.#path)
    const last = present.at(-1)
    if (last !== undefined && last.lastOffset >= entry.lastOffset) return
    const bytes = Buffer.alloc(ENTRY_SIZE)
    bytes.writeInt16BE(VERSION, 0)
    bytes.writeBigInt64BE(entry.producerId, 2)
    bytes.writeBigInt64BE(entry.firstOffset, 10)
    bytes.writeBigInt64BE(entry.lastOffset, 18)
    bytes.writeBigInt64BE(entry.lastStableOffset, 26)
    this.#withFile((file) => file.write(bytes, 0, ENTRY_SIZE, present.length * ENTRY_SIZE))
  }

  /** Keeps the entries whose marker lies before `offset`. */
  truncateTo(offset: bigint): void {
    if (this.#files.stat(this.#path) === null) return
    const kept = readTransactionIndex(this.#files, this.#path).filter((entry) => entry.lastOffset < offset)
    this.#withFile((file) => file.truncate(kept.length * ENTRY_SIZE))
  }

  #withFile(action: (file: OpenFile) => void): void {
    const file = this.#files.open(this.#path, 'create')
    try {
      action(file)
    } finally {
      file.close()
    }
  }
}
