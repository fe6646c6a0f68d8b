// What the offset index and the time index have in common: a file of entries of one size whose keys rise, sorted by being
// appended to.
//
// Kafka preallocates the active segment's index, so zeros may follow the last entry, and a crash may leave zeros in place of
// entries. Zeros decode as an entry; what tells the end of the entries is that keys stop rising.
import type { Files, OpenFile } from '../system/files.ts'
import { isMissing } from './segment-files.ts'

export interface EntryFormat<Entry> {
  readonly size: number
  /** Places that stay free in a full file, for the entries that are added when its segment is closed. */
  readonly spareEntries: number
  decode(bytes: Buffer, at: number, baseOffset: bigint): Entry
  encode(entry: Entry, bytes: Buffer, at: number, baseOffset: bigint): void
  /** Whether `later` may follow `earlier`; `earlier` is null at the start of the file. */
  rises(earlier: Entry | null, later: Entry, baseOffset: bigint): boolean
}

/** The last entry for which `isAtOrBefore` holds; null where there is none, or no file. */
export function lookup<Entry>(
  files: Files,
  path: string,
  format: EntryFormat<Entry>,
  baseOffset: bigint,
  isAtOrBefore: (entry: Entry) => boolean,
): Entry | null {
  const file = openExisting(files, path)
  if (file === null) return null
  try {
    const entries = new IndexEntries(file, format, baseOffset)
    const index = entries.findLast(entries.count(), isAtOrBefore)
    return index < 0 ? null : entries.at(index)
  } finally {
    file.close()
  }
}

function openExisting(files: Files, path: string): OpenFile | null {
  try {
    return files.open(path, 'read')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Reads single entries of an index file. */
export class IndexEntries<Entry> {
  readonly file: OpenFile
  readonly #format: EntryFormat<Entry>
  readonly #baseOffset: bigint
  readonly #scratch: Buffer

  constructor(file: OpenFile, format: EntryFormat<Entry>, baseOffset: bigint) {
    this.file = file
    this.#format = format
    this.#baseOffset = baseOffset
    this.#scratch = Buffer.alloc(format.size)
  }

  at(index: number): Entry | null {
    const { size } = this.#format
    if (this.file.read(this.#scratch, 0, size, index * size) < size) return null
    return this.#format.decode(this.#scratch, 0, this.#baseOffset)
  }

  /**
   * How many entries there are. Entries rise from the first on, and zeros do not: so the end is found by halving, in a few
   * reads however large a preallocated file is. One that is full of them, as most are, takes two.
   */
  count(): number {
    const capacity = Math.floor(this.file.stat().size / this.#format.size)
    if (capacity > 0 && this.#isEntry(capacity - 1)) return capacity
    let low = 0
    let high = capacity
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isEntry(middle)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index of the last entry for which `isAtOrBefore` holds, among the first `count`; -1 when there is none. */
  findLast(count: number, isAtOrBefore: (entry: Entry) => boolean): number {
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.at(middle)
      if (entry !== null && isAtOrBefore(entry)) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #isEntry(index: number): boolean {
    const entry = this.at(index)
    if (entry === null) return false
    return this.#format.rises(index === 0 ? null : this.at(index - 1), entry, this.#baseOffset)
  }
}

export interface IndexContents<Entry> {
  readonly entries: readonly Entry[]
  /** What is wrong with the file, or null: entries that do not rise, or bytes after the last one that are not zero. */
  readonly problem: string | null
}

/** All that is in an index file, from its start to the first thing that is no entry. */
export function readIndexFile<Entry>(bytes: Buffer, format: EntryFormat<Entry>, baseOffset: bigint): IndexContents<Entry> {
  const entries: Entry[] = []
  let at = 0
  for (let last: Entry | null = null; at + format.size <= bytes.length; at += format.size) {
    const entry = format.decode(bytes, at, baseOffset)
    if (!format.rises(last, entry, baseOffset)) break
    entries.push(entry)
    last = entry
  }
  const stray = bytes.subarray(at).findIndex((byte) => byte !== 0)
  if (stray >= 0) return { entries, problem: `byte ${at + stray} is neither part of an entry that rises nor zero` }
  const torn = bytes.length % format.size
  return { entries, problem: torn === 0 ? null : `${bytes.length} bytes are no whole number of entries of ${format.size}` }
}

/** Appends to an index file whose end other processes may have moved. */
export class IndexWriter<Entry> {
  readonly #format: EntryFormat<Entry>
  readonly #baseOffset: bigint
  readonly #maxEntries: number
  readonly #entries: IndexEntries<Entry>
  readonly #scratch: Buffer
  #count = 0
  #last: Entry | null = null
  /** How many entries the file may have: after `rewindTo` more than count. */
  #countInFile = 0

  constructor(files: Files, path: string, format: EntryFormat<Entry>, baseOffset: bigint, maxIndexBytes: number) {
    this.#format = format
    this.#baseOffset = baseOffset
    this.#maxEntries = Math.floor(maxIndexBytes / format.size) - format.spareEntries
    this.#entries = new IndexEntries(files.open(path, 'create'), format, baseOffset)
    this.#scratch = Buffer.alloc(format.size)
    try {
      this.refresh()
    } catch (error) {
      this.close()
      throw error
    }
  }

  get file(): OpenFile {
    return this.#entries.file
  }

  get count(): number {
    return this.#count
  }

  get lastEntry(): Entry | null {
    return this.#last
  }

  get isFull(): boolean {
    return this.room <= 0
  }

  /** How many more entries fit. */
  get room(): number {
    return this.#maxEntries - this.#count
  }

  /** Takes up what is in the file now, cutting zeros and torn entries after the last one. */
  refresh(): void {
    this.#count = this.#entries.count()
    this.#last = this.#count === 0 ? null : this.#entries.at(this.#count - 1)
    this.#countInFile = this.#count
    const size = this.#count * this.#format.size
    if (this.file.stat().size !== size) this.file.truncate(size)
  }

  /** Adds an entry; one that does not rise is there already, or says nothing new, and is left out. */
  append(entry: Entry): void {
    if (!this.#format.rises(this.#last, entry, this.#baseOffset)) return
    this.#format.encode(entry, this.#scratch, 0, this.#baseOffset)
    if (!this.#isThere()) {
      this.settle()
      this.file.write(this.#scratch, 0, this.#format.size, this.#count * this.#format.size)
    }
    this.#count++
    this.#countInFile = Math.max(this.#count, this.#countInFile)
    this.#last = entry
  }

  /** Whether the file has the entry that was encoded as the next one. */
  #isThere(): boolean {
    if (this.#count >= this.#countInFile) return false
    const present = Buffer.alloc(this.#format.size)
    const length = this.file.read(present, 0, present.length, this.#count * this.#format.size)
    return length === present.length && present.equals(this.#scratch)
  }

  /**
   * Counts only the first entries, those for which `isKept` holds; what is appended then is compared with the others, and written
   * where it differs: readers of an index that is made anew find the old entries until then. To be followed by `settle`.
   */
  rewindTo(isKept: (entry: Entry) => boolean): void {
    this.#count = this.#entries.findLast(this.#count, isKept) + 1
    this.#last = this.#count === 0 ? null : this.#entries.at(this.#count - 1)
  }

  /** Cuts entries of before a `rewindTo` that were not appended again. */
  settle(): void {
    if (this.#countInFile > this.#count) this.file.truncate(this.#count * this.#format.size)
    this.#countInFile = this.#count
  }

  /** Keeps the entries for which `isKept` holds, which are the first ones. */
  truncateTo(isKept: (entry: Entry) => boolean): void {
    this.rewindTo(isKept)
    this.#countInFile = this.#count
    // A write that failed may have left part of an entry after those that count.
    this.file.truncate(this.#count * this.#format.size)
  }

  close(): void {
    this.file.close()
  }
}
