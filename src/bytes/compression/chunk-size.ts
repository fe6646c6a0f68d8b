// Node's zlib collects its output in chunks: the fewer the faster, but unused room in them costs too.

/** @param bytes how much output is expected */
export function chunkSizeFor(bytes: number): number {
  return Math.min(Math.max(bytes, 4 * 1024), 64 * 1024)
}
