// Which way of printing records the flags ask for.
import { EnvelopeWriter } from './envelope-writer.ts'
import { type RecordWriter, ValueWriter } from './record-writer.ts'
import { compileTemplate } from './template/template-writer.ts'

export interface PrintOptions {
  /** --json */
  readonly isJson: boolean
  /** --format; wins over the delimiters, as in kcat. */
  readonly template: string | null
  /** --headers-only: no key and no value. */
  readonly headersOnly: boolean
  /** -D, after each record. */
  readonly delimiter: Buffer
  /** -K: keys are printed too, each followed by this. */
  readonly keyDelimiter: Buffer | null
  /** -Z: null keys and values are printed as NULL. */
  readonly showsNull: boolean
}

/** @throws LeatError (usage) for a bad template */
export function chooseWriter(options: PrintOptions): RecordWriter {
  const { isJson, template, headersOnly, delimiter, keyDelimiter } = options
  const nullText = options.showsNull ? 'NULL' : ''
  if (isJson) return new EnvelopeWriter({ headersOnly })
  if (template !== null) return compileTemplate(template, { nullText })
  if (headersOnly) return compileTemplate('%h\\n')
  return new ValueWriter(delimiter, { keyDelimiter, nullText })
}
