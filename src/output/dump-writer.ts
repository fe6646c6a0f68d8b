// The lines of `leat log dump`, one JSON object each. Batches and records are written piece by piece, because there are many; the
// start of a record is that of consume's envelope. schemas/log-dump.json has every line in full.
import { CODEC_NAMES } from '../bytes/compression/index.ts'
import type { BatchItem, DumpItem, RecordItem } from '../operations/log/dump/dump-item.ts'
import { sequenceAfter } from '../operations/log/dump/dump-item.ts'
import { HeaderCursor } from '../record/record-cursor.ts'
import { writeHeadersJson } from './headers-json.ts'
import { toJson } from './json.ts'
import { writeJsonBytes } from './json-string.ts'
import { RecordPlace } from './record-place.ts'
import { FixedText, type Slab } from './slab.ts'

const TIMESTAMP = new FixedText(',"timestamp":')
const LOG_APPEND_TIME = new FixedText(',"timestampType":"LogAppendTime"')
const KEY = new FixedText(',"key":')
const VALUE = new FixedText(',"value":')
const HEADERS = new FixedText(',"headers":')
const SEQUENCE = new FixedText(',"sequence":')
const KEY_SIZE = new FixedText(',"keySize":')
/** Of most records. */
const NO_HEADERS_NO_SEQUENCE = new FixedText(',"headers":[],"sequence":-1')
const VALUE_SIZE = new FixedText(',"valueSize":')
const NULL = new FixedText('null')
const END = new FixedText('}\n')

export class DumpWriter {
  readonly #headers = new HeaderCursor()
  readonly #place = new RecordPlace()
  /** What all records of a batch begin with. */
  #prefix = new FixedText('')
  #file: BatchItem['file'] | null = null

  write(item: DumpItem, out: Slab): void {
    if (item.type === 'record') this.#record(item, out)
    else if (item.type === 'batch') this.#batch(item, out)
    else out.utf8(`${toJson(item)}\n`)
  }

  #batch({ file, position, header }: BatchItem, out: Slab): void {
    if (file !== this.#file) {
      this.#file = file
      const { name, topic, partition } = file
      const start = `{"type":"record","file":${JSON.stringify(name)},"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`
      this.#prefix = new FixedText(start)
    }
    this.#place.beginBatch(header)
    const { baseSequence, lastOffsetDelta } = header
    out.utf8(
      `{"type":"batch","file":${JSON.stringify(file.name)},"position":${position},"size":${header.sizeInBytes}` +
        `,"baseOffset":${header.baseOffset},"lastOffset":${header.lastOffset},"count":${header.recordCount}` +
        `,"baseTimestamp":${header.baseTimestamp},"maxTimestamp":${header.maxTimestamp},"timestampType":"${header.timestampType}"` +
        `,"codec":${JSON.stringify(CODEC_NAMES[header.codec] ?? header.codec)},"partitionLeaderEpoch":${header.partitionLeaderEpoch}` +
        `,"isTransactional":${header.isTransactional},"isControl":${header.isControl}` +
        `,"deleteHorizonMs":${header.hasDeleteHorizon ? header.baseTimestamp : null}` +
        `,"producerId":${header.producerId},"producerEpoch":${header.producerEpoch}` +
        `,"baseSequence":${baseSequence},"lastSequence":${sequenceAfter(baseSequence, lastOffsetDelta)}` +
        `,"magic":2,"crc":${header.crc}}\n`,
    )
  }

  #record({ cursor, sequence, decoded, decodeError }: RecordItem, out: Slab): void {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
    out.fixed(this.#prefix)
    out.integer(this.#place.offset(cursor))
    out.fixed(TIMESTAMP)
    out.integer(this.#place.timestamp(cursor))
    if (cursor.header.timestampType === 'LogAppendTime') out.fixed(LOG_APPEND_TIME)
    out.fixed(KEY)
    writeJsonBytes(out, bytes, keyStart, keyEnd)
    out.fixed(VALUE)
    writeJsonBytes(out, bytes, valueStart, valueEnd)
    if (cursor.headerCount === 0 && sequence === -1) out.fixed(NO_HEADERS_NO_SEQUENCE)
    else {
      out.fixed(HEADERS)
      writeHeadersJson(cursor, this.#headers, out)
      out.fixed(SEQUENCE)
      out.integer(sequence)
    }
    out.fixed(KEY_SIZE)
    writeSize(out, keyStart, keyEnd)
    out.fixed(VALUE_SIZE)
    writeSize(out, valueStart, valueEnd)
    if (decoded !== null) out.utf8(`,"decoded":${toJson(decoded)}`)
    if (decodeError !== null) out.utf8(`,"decodeError":${JSON.stringify(decodeError)}`)
    out.fixed(END)
  }
}

function writeSize(out: Slab, start: number, end: number): void {
  if (start < 0) out.fixed(NULL)
  else out.integer(end - start)
}
