// What Kafka does with a partition's folder when it starts (LogLoader): `.deleted` and `.cleaned` files go, swaps are finished or taken back.
// It knows nothing of how leat reads such a folder.
import { parseSegmentFileName } from '../../src/log/segment-files.ts'
import { SegmentWalker } from '../../src/log/segment-walker.ts'
import type { Files } from '../../src/system/files.ts'

export function loadAsKafka(files: Files, directory: string): void {
  const names = (): string[] => files.list(directory).map(({ name }) => name)
  const remove = (some: readonly string[]): void => some.forEach((name) => files.remove(`${directory}/${name}`))
  const offsetOf = (name: string): bigint => BigInt(name.slice(0, 20))
  const withSuffix = (suffix: string): string[] => names().filter((name) => name.endsWith(suffix))

  remove(withSuffix('.deleted'))
  const cleaned = withSuffix('.cleaned')
  const firstCleaned = cleaned.map(offsetOf).toSorted((a, b) => (a < b ? -1 : 1))[0]
  remove(withSuffix('.swap').filter((name) => firstCleaned !== undefined && offsetOf(name) >= firstCleaned))
  remove(cleaned)

  const logs = withSuffix('.log.swap')
  for (const name of names().filter((some) => parseSegmentFileName(some) !== null)) {
    const isReplaced = logs.some(
      (log) => offsetOf(name) >= offsetOf(log) && offsetOf(name) < endOf(files, `${directory}/${log}`, offsetOf(log)),
    )
    if (isReplaced) remove([name])
  }
  for (const name of withSuffix('.swap')) files.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -'.swap'.length)}`)
}

function endOf(files: Files, path: string, baseOffset: bigint): bigint {
  const file = files.open(path, 'read')
  const walker = new SegmentWalker(() => {})
  walker.open(file, 0, file.stat().size, baseOffset)
  while (walker.next() !== null);
  file.close()
  return walker.nextOffset
}
