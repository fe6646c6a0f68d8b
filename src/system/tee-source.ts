// A source whose bytes are also written to a sink as they are read.
import type { ByteSink, ByteSource } from './byte-streams.ts'

export function teeSource(source: ByteSource, sink: ByteSink): ByteSource {
  return {
    name: source.name,
    size: source.size,
    async read(into, offset, length) {
      const count = await source.read(into, offset, length)
      if (count > 0) await sink.write(into, offset, offset + count)
      return count
    },
    close: () => source.close(),
  }
}
