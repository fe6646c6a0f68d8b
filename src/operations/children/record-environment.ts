// A record as a command sees it in its environment:
//
//   LEAT_TOPIC  LEAT_PARTITION  LEAT_OFFSET  LEAT_TIMESTAMP (ms)  LEAT_KEY  LEAT_HEADER_NAME (capitals; what is no letter or digit is _)
//
// A null key or header is left out, and so is what no environment holds: bytes of zero, and more than 64 KiB.
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'

const MAX_BYTES = 64 * 1024

export function recordEnvironment(topic: string, partition: number, cursor: RecordCursor): Record<string, string> {
  const env: Record<string, string> = {
    LEAT_TOPIC: topic,
    LEAT_PARTITION: `${partition}`,
    LEAT_OFFSET: `${cursor.offset}`,
    LEAT_TIMESTAMP: `${cursor.timestamp}`,
  }
  put(env, 'LEAT_KEY', cursor.bytes, cursor.keyStart, cursor.keyEnd)
  const headers = new HeaderCursor()
  headers.open(cursor)
  while (headers.next()) {
    const name = cursor.bytes.toString('utf8', headers.keyStart, headers.keyEnd).toUpperCase()
    put(env, `LEAT_HEADER_${name.replaceAll(/[^A-Z0-9]/g, '_')}`, cursor.bytes, headers.valueStart, headers.valueEnd)
  }
  return env
}

function put(env: Record<string, string>, name: string, bytes: Buffer, start: number, end: number): void {
  if (start < 0 || end - start > MAX_BYTES || bytes.subarray(start, end).includes(0)) return
  const text = bytes.toString('utf8', start, end)
  // Bytes that are no text take three times as many, and the system takes no variable of more than 128 KiB.
  if (Buffer.byteLength(text) <= MAX_BYTES) env[name] = text
}
