// Puts a producer's id, epoch and sequence numbers into batches that were built without (batch-header.ts has the layout), and into those
// that a coordinator writes. The checksum covers these fields, so it is made anew: some microseconds for a batch of 64 KiB.
import { crc32c } from '../bytes/crc32c.ts'
import { ATTRIBUTES_OFFSET, CONTROL_BIT, CRC_OFFSET, LOG_OVERHEAD, NO_SEQUENCE, TRANSACTIONAL_BIT } from './batch-header.ts'

const PRODUCER_ID_OFFSET = 43
const PRODUCER_EPOCH_OFFSET = 51
const BASE_SEQUENCE_OFFSET = 53
const RECORD_COUNT_OFFSET = 57
/** Sequences count up to int32's maximum and go on at 0. */
const SEQUENCE_SPAN = 2 ** 31

export interface ProducerStamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Of the first record; -1 for none. */
  readonly baseSequence: number
  readonly isTransactional: boolean
  readonly isControl?: boolean
}

/** Stamps whole batches that follow each other, in place. @returns the sequence that comes after them */
export function stampBatches(batches: Buffer, stamp: ProducerStamp): number {
  const bits = (stamp.isTransactional ? TRANSACTIONAL_BIT : 0) | (stamp.isControl === true ? CONTROL_BIT : 0)
  let sequence = stamp.baseSequence
  for (let at = 0; at < batches.length;) {
    const end = at + LOG_OVERHEAD + batches.readInt32BE(at + 8)
    batches.writeInt16BE(batches.readInt16BE(at + ATTRIBUTES_OFFSET) | bits, at + ATTRIBUTES_OFFSET)
    batches.writeBigInt64BE(stamp.producerId, at + PRODUCER_ID_OFFSET)
    batches.writeInt16BE(stamp.producerEpoch, at + PRODUCER_EPOCH_OFFSET)
    batches.writeInt32BE(sequence, at + BASE_SEQUENCE_OFFSET)
    batches.writeUInt32BE(crc32c(batches, at + ATTRIBUTES_OFFSET, end), at + CRC_OFFSET)
    if (sequence !== NO_SEQUENCE) sequence = (sequence + batches.readInt32BE(at + RECORD_COUNT_OFFSET)) % SEQUENCE_SPAN
    at = end
  }
  return sequence
}
