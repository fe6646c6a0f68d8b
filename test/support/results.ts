// What a command said, and what is in a topic after it.
import { leat, type LeatResult } from './leat.ts'
import { type JsonRecord, parseRecords } from './records.ts'

export async function valuesOf(topic: string, dir: string): Promise<string[]> {
  const { stdout } = await leat(['consume', topic, '-d', dir])
  return stdout.toString().split('\n').slice(0, -1)
}

/** Exit code and the first line of stderr that is not a note about something made. */
export function outcome({ exitCode, stderr }: LeatResult): [number | null, string | undefined] {
  return [exitCode, stderr.split('\n').find((line) => !line.startsWith('leat: made'))]
}

/** Dead letters, in `consume --json` lines, as `value type message`. */
export function letterLines({ stdout }: LeatResult): string[] {
  const header = (record: JsonRecord, name: string): string => String(record.headers.find(({ key }) => key === `leat.dlq.${name}`)?.value)
  return parseRecords(stdout.toString()).map(
    (record) => `${String(record.value)} ${header(record, 'error.type')} ${header(record, 'error.message')}`,
  )
}
