// One JSON array, each element a record (--array). It is streamed: no more is held than an element. A value is the element's text with the
// white space between tokens left out, so that it is one line; what is in strings, and numbers, stay as they are.
//
// A wrong element costs only itself; an input that is no array, or breaks off, or goes on after the array, ends the reading.
import type { ByteSource } from '../system/byte-streams.ts'
import { ArrayElements } from './array-elements.ts'
import { readChunks } from './chunk-reader.ts'
import type { RecordFields } from './record-fields.ts'
import type { RecordFormat, RecordReceiver } from './record-format.ts'

export class ArrayFormat implements RecordFormat {
  readonly unitName = 'element'
  readonly #fields: RecordFields

  constructor(fields: RecordFields) {
    this.#fields = fields
  }

  async read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void> {
    const elements = new ArrayElements(this.#fields, into)
    const isAtEnd = await readChunks(
      source,
      {
        chunk: (bytes, start, end) => elements.add(bytes, start, end),
        idle: () => into.idle(),
        progressed: (inputBytes) => into.progressed(inputBytes),
      },
      signal,
    )
    if (isAtEnd) elements.end()
  }
}
