// `.timeindex`: the highest timestamp up to a place in a segment, sparse. Entries of 12 bytes, rising:
//
//   0 timestamp       int64   ms, the highest so far
//   8 relative offset int32   last offset of the batch that has it, less the segment's base offset
//
// One entry goes with each offset index entry, and one more at roll and close, so that the last one tells the segment's
// newest timestamp. Kafka also writes time 0 at the base offset, which is all zeros, as a first entry; here that counts as none, so that
// zeros are never taken for the time of a segment.
import type { Files } from '../system/files.ts'
import { type EntryFormat, IndexWriter, lookup } from './index-file.ts'

export interface TimeIndexEntry {
  readonly timestamp: bigint
  readonly offset: bigint
}

export const timeIndexFormat: EntryFormat<TimeIndexEntry> = {
  size: 12,
  spareEntries: 1,
  decode: (bytes, at, baseOffset) => ({ timestamp: bytes.readBigInt64BE(at), offset: baseOffset + BigInt(bytes.readInt32BE(at + 8)) }),
  encode(entry, bytes, at, baseOffset) {
    bytes.writeBigInt64BE(entry.timestamp, at)
    bytes.writeInt32BE(Number(entry.offset - baseOffset), at + 8)
  },
  rises: (earlier, later, baseOffset) =>
    earlier === null
      ? later.offset >= baseOffset && (later.timestamp > 0n || (later.timestamp === 0n && later.offset > baseOffset))
      : later.timestamp > earlier.timestamp && later.offset >= earlier.offset,
}

/** The last entry with a timestamp before `timestamp`: everything up to its offset is older. null where there is none. */
export function lookupTime(files: Files, path: string, baseOffset: bigint, timestamp: bigint): TimeIndexEntry | null {
  return lookup(files, path, timeIndexFormat, baseOffset, (entry) => entry.timestamp < timestamp)
}

/** The last entry: the segment's newest timestamp, where the segment is no longer written to. */
export function newestTimeEntry(files: Files, path: string, baseOffset: bigint): TimeIndexEntry | null {
  return lookup(files, path, timeIndexFormat, baseOffset, () => true)
}

export function openTimeIndex(files: Files, path: string, baseOffset: bigint, maxIndexBytes: number): IndexWriter<TimeIndexEntry> {
  return new IndexWriter(files, path, timeIndexFormat, baseOffset, maxIndexBytes)
}
