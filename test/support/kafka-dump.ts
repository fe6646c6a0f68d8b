// What kafka-dump-log said of the files of a fixture.
import fs from 'node:fs'
import path from 'node:path'
import { type FixtureName, expectedOf } from './fixtures.ts'

/** Fixtures whose files are as Kafka left them. */
export const SOUND_FIXTURES = [
  'basics',
  'compacted',
  'groups',
  'transactions',
  'unclean',
  'replicated-node1',
  'replicated-node2',
] as const satisfies readonly FixtureName[]

export interface DumpedFile {
  /** Relative to the data directory. */
  readonly path: string
  /** 20 digits and an extension. */
  readonly name: string
  readonly lines: readonly string[]
}

/** The dumped files with one extension, such as `index`. */
export function dumpedFiles(fixture: FixtureName, extension: string): DumpedFile[] {
  const node = /-(node\d)$/.exec(fixture)
  const folder = path.join(expectedOf(fixture), node === null ? 'dump' : `dump-${node[1]}`)
  const texts = fs.readdirSync(folder).filter((file) => file.endsWith('.txt') && file !== 'files.txt' && file !== 'text-files.txt')
  const files = texts.flatMap((file) => parseDump(fs.readFileSync(path.join(folder, file), 'utf8')))
  return files.filter(({ name }) => name.endsWith(`.${extension}`))
}

/** What kafka-dump-log printed, by file. */
export function parseDump(text: string): DumpedFile[] {
  const sections = text.split(/^Dumping /m).slice(1)
  return sections.map((section) => {
    const [file = '', ...lines] = section.split('\n')
    return { path: file, name: path.basename(file), lines: lines.filter((line) => line !== '') }
  })
}

/** The base offset that a file is named after. */
export function baseOffsetOf(name: string): bigint {
  return BigInt(name.slice(0, 20))
}
