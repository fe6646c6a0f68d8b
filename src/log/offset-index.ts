// `.index`: where in a segment an offset is, sparse. Entries of 8 bytes, rising:
//
//   0 relative offset int32   the LAST offset of a batch, less the segment's base offset
//   4 position        int32   where that batch starts in the `.log`
//
// The first batch never has an entry: one is due before a batch once index.interval.bytes were appended since the last.
import type { Files } from '../system/files.ts'
import { type EntryFormat, IndexWriter, lookup } from './index-file.ts'

export interface OffsetIndexEntry {
  readonly offset: bigint
  readonly position: number
}

export const offsetIndexFormat: EntryFormat<OffsetIndexEntry> = {
  size: 8,
  spareEntries: 0,
  decode: (bytes, at, baseOffset) => ({ offset: baseOffset + BigInt(bytes.readInt32BE(at)), position: bytes.readInt32BE(at + 4) }),
  encode(entry, bytes, at, baseOffset) {
    bytes.writeInt32BE(Number(entry.offset - baseOffset), at)
    bytes.writeInt32BE(entry.position, at + 4)
  },
  rises: (earlier, later, baseOffset) =>
    earlier === null
      ? later.offset >= baseOffset && later.position > 0
      : later.offset > earlier.offset && later.position > earlier.position,
}

/** The last entry at or before `offset`, or null; a missing index has none. A hint: look at the batch before believing it. */
export function lookupOffset(files: Files, path: string, baseOffset: bigint, offset: bigint): OffsetIndexEntry | null {
  return lookup(files, path, offsetIndexFormat, baseOffset, (entry) => entry.offset <= offset)
}

export function openOffsetIndex(files: Files, path: string, baseOffset: bigint, maxIndexBytes: number): IndexWriter<OffsetIndexEntry> {
  return new IndexWriter(files, path, offsetIndexFormat, baseOffset, maxIndexBytes)
}
