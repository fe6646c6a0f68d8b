// Which way of reading records the flags ask for.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { ArrayFormat } from '../../input/array-format.ts'
import { CsvFormat } from '../../input/csv-format.ts'
import { EnvelopeFormat } from '../../input/envelope/envelope-format.ts'
import { EventEnvelope } from '../../input/event-envelope.ts'
import { JsonPath } from '../../input/json-path.ts'
import { LineFormat } from '../../input/line-format.ts'
import { RecordFields } from '../../input/record-fields.ts'
import type { RecordFormat } from '../../input/record-format.ts'
import type { System } from '../../system/system.ts'

export interface FormatOptions {
  readonly input: 'lines' | 'json' | 'array' | 'csv'
  readonly delimiter: Buffer
  readonly key: Buffer | null
  readonly keyField: string | null
  readonly keyDelimiter: Buffer | null
  readonly timestampField: string | null
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[]
  /** `NAME=.path`, or `.path` for a header of that name. */
  readonly headerFields: readonly { readonly key: Buffer; readonly value: Buffer | null }[]
  readonly emptyIsNull: boolean
  /** Type of the events that values are wrapped as; null: they are not. */
  readonly eventType: string | null
}

const LINE_END = Buffer.from('\n')
const ENVELOPE_HINT = 'An envelope says itself what the key, the headers and the timestamp are.'

/** @throws LeatError (usage) for options that do not go together */
export function chooseFormat(options: FormatOptions, system: System): RecordFormat {
  const { input, delimiter, keyDelimiter, headers, emptyIsNull } = options
  if (options.eventType === '')
    throw new LeatError('USAGE', '--envelope needs the type of the events', {
      hint: 'For example --envelope order.created.',
      exitCode: exitCodes.usage,
    })
  if (input === 'json') {
    if (options.headerFields.length > 0) throw apart('--header-field', '--json', ENVELOPE_HINT)
    refuse('--json', options, ['key', 'keyField', 'keyDelimiter', 'timestampField', 'eventType'])
    return new EnvelopeFormat(delimiter, { emptyIsNull, headers })
  }
  if (input !== 'lines') {
    refuse(`--${input}`, options, ['keyDelimiter'])
    if (!delimiter.equals(LINE_END)) throw apart('--delimiter', `--${input}`, 'It is what ends a line.')
  }
  const fields = new RecordFields({
    ...options,
    keyField: pathOf(options.keyField),
    timestampField: pathOf(options.timestampField),
    headerFields: options.headerFields.map(({ key, value }) => ({
      key: value === null ? Buffer.from(key.toString().replace(/^\./, '')) : key,
      path: new JsonPath((value ?? key).toString()),
    })),
    eventEnvelope: options.eventType === null ? null : new EventEnvelope(options.eventType, system.clock, system.random),
  })
  if (input === 'array') return new ArrayFormat(fields)
  return input === 'csv' ? new CsvFormat(fields) : new LineFormat({ delimiter, keyDelimiter, fields })
}

function pathOf(text: string | null): JsonPath | null {
  return text === null ? null : new JsonPath(text)
}

const FLAGS = {
  key: '--key',
  keyField: '--key-field',
  keyDelimiter: '--key-delimiter',
  timestampField: '--timestamp-field',
  eventType: '--envelope',
} as const

/** Options that would say again, or otherwise, what the input itself says. */
function refuse(input: string, options: FormatOptions, names: readonly (keyof typeof FLAGS)[]): void {
  const given = names.find((name) => options[name] !== null)
  if (given === undefined) return
  throw apart(FLAGS[given], input, input === '--json' ? ENVELOPE_HINT : 'Use --key-field for the key.')
}

function apart(flag: string, input: string, hint: string): LeatError {
  return new LeatError('USAGE', `${flag} does not go with ${input}`, { hint, exitCode: exitCodes.usage })
}
