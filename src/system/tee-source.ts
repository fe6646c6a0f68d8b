// Sources whose bytes are also written to a sink as they are read. A sink that nobody reads any more gets nothing more, and the reading goes on, as
// with `tee -p`: the bytes still have to go where they were read for.
import { ClosedPipe, type ByteSink, type ByteSource } from './byte-streams.ts'

/** @param onClosed nobody reads the sink any more; told once */
export function teeTo(sink: ByteSink, onClosed: () => void): (source: ByteSource) => ByteSource {
  let isClosed = false
  const write = async (bytes: Buffer, start: number, end: number): Promise<void> => {
    try {
      await sink.write(bytes, start, end)
    } catch (error) {
      if (!(error instanceof ClosedPipe)) throw error
      isClosed = true
      onClosed()
    }
  }
  return (source) => ({
    name: source.name,
    size: source.size,
    async read(into, offset, length) {
      const count = await source.read(into, offset, length)
      if (count > 0 && !isClosed) await write(into, offset, offset + count)
      return count
    },
    close: () => source.close(),
  })
}
