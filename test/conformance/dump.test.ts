// `leat log dump` against kafka-dump-log: every line that Kafka's tool printed of a fixture's files, made again from ours.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Line, dumpLines, entriesOf, expectSameDump } from '../support/dump-comparison.ts'
import { exactJson } from '../support/exact-json.ts'
import { type FixtureName, expectedOf, fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES, dumpedFiles } from '../support/kafka-dump.ts'

const KINDS_OF_FILES = ['log', 'index', 'timeindex', 'txnindex', 'snapshot', 'checkpoint']

describe.skipIf(fixturesMissing)('files of directories written by Kafka', () => {
  for (const name of SOUND_FIXTURES) {
    const dumped = fixturesMissing ? [] : KINDS_OF_FILES.flatMap((kind) => dumpedFiles(name, kind))
    const lineCount = dumped.reduce((sum, file) => sum + entriesOf(file).length, 0)
    test(`${name}: all ${lineCount} lines that kafka-dump-log printed of ${dumped.length} files come out the same`, () => {
      expect(lineCount).toBeGreaterThan(500)
      const paths = dumped.map((file) => file.path)
      const byFile = Map.groupBy(dumpLines(fixture(name), paths), (line) => line['file'] as string)
      for (const file of dumped) expectSameDump(file, byFile.get(file.path) ?? [])
    })
  }

  for (const name of [...SOUND_FIXTURES, 'torn'] as const) {
    test(`${name}: the small text files say what is in them`, () => {
      const texts = textFiles(name)
      const byFile = Map.groupBy(dumpLines(fixture(name), [...texts.keys()]), (line) => line['file'] as string)
      for (const [file, text] of texts) expect((byFile.get(file) ?? []).map(withoutPlace), file).toEqual(expectedOfText(file, text))
      expect(texts.size).toBeGreaterThan(5)
    })
  }
})

function withoutPlace(line: Line): Line {
  return Object.fromEntries(Object.entries(line).filter(([field]) => field !== 'file'))
}

/** Text files by path, from text-files.txt: `== PATH`, then the lines. */
function textFiles(name: FixtureName): Map<string, string> {
  const node = /-(node\d)$/.exec(name)
  const file = path.join(expectedOf(name), node === null ? 'dump' : `dump-${node[1]}`, 'text-files.txt')
  const sections = fs.readFileSync(file, 'utf8').split(/^== /m).slice(1)
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n')
      return [section.slice(0, end), section.slice(end + 1).replace('\n-- (no newline at the end)\n', '')]
    }),
  )
}

/** The lines of ours that a text file must give, from its text alone. */
function expectedOfText(file: string, text: string): Line[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const words = lines.slice(2).map((line) => line.split(' ') as [string, string, string])
  switch (path.basename(file)) {
    case 'leader-epoch-checkpoint':
      return words.map(([epoch, startOffset]) => ({ type: 'leader-epoch', epoch: BigInt(epoch), startOffset: BigInt(startOffset) }))
    case 'partition.metadata':
      return [{ type: 'partition-metadata', topicId: lines[1]?.replace('topic_id: ', '') }]
    case 'quorum-state':
      return [{ type: 'quorum-state', state: exactJson(text) }]
    case '.kafka_cleanshutdown':
      return [{ type: 'clean-shutdown', state: exactJson(text) }]
    case 'meta.properties': {
      const value = (key: string): string => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? ''
      return [
        { type: 'meta-properties', clusterId: value('cluster.id'), nodeId: BigInt(value('node.id')), directoryId: value('directory.id') },
      ]
    }
    default:
      return words.map(([topic, partition, offset]) => ({
        type: 'offset-checkpoint',
        topic,
        partition: BigInt(partition),
        offset: BigInt(offset),
      }))
  }
}
