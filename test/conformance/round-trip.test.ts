// `consume --json | produce --json`: the same records, bit for bit, in another directory.
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { leat } from '../support/leat.ts'
import { openDirectory, readPartition, type JsonRecord } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Everything but the offset and who made the timestamp: deleted records leave no gaps in a copy, and its timestamps are given. */
function content({ offset: _, timestampType: __, ...record }: JsonRecord): object {
  return record
}

describe.skipIf(fixturesMissing)('a copy through JSON', () => {
  for (const name of ['basics', 'compacted', 'unclean', 'groups'] as const) {
    test(`${name}: keys, values, headers, timestamps and partitions are the same`, async () => {
      const target = `${temporaryDirectory()}/copy`
      const source = fixture(name)
      const printed = await leat(['consume', '--json', '-r', '.', '-d', source])
      expect(printed.exitCode).toBe(0)
      const produced = await leat(['produce', '--json', '-q', '--create-partitions', '4', '-z', 'lz4', '-d', target], {
        input: printed.stdout,
      })
      expect(`${produced.exitCode} ${produced.stderr}`).toBe('0 ')
      const from = openDirectory(realSystem(), source)
      const to = openDirectory(realSystem(), target)
      let compared = 0
      for (const topic of to.topicNames()) {
        for (const { partition } of from.describeTopic(topic).partitions) {
          const wanted = (await readPartition(from, topic, partition)).records.map(content)
          expect((await readPartition(to, topic, partition)).records.map(content)).toEqual(wanted)
          compared += wanted.length
        }
      }
      expect(compared).toBe(printed.stdout.toString().split('\n').length - 1)
      expect(readdirSync(target)).toContain('meta.properties')
    })
  }
})
