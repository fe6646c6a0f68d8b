// Directories that Kafka wrote, that leat appended to: Kafka serves the old and the new.
import { expect, test } from 'vitest'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { kafkaMissing } from './available.ts'
import { boot, warnings } from './kafka.ts'
import { type TopicView, expectSameRecords, kafkaView, leatView, run } from './views.ts'

const missing = kafkaMissing ?? (fixturesMissing ? 'no fixtures' : null)
const VALUE = Buffer.from('from leat').toString('base64')

test.skipIf(missing).for(['basics', 'compacted', 'transactions', 'groups', 'unclean'] as const)(
  '%s: what leat appends to every partition is served after what was there',
  async (name) => {
    const directory = fixtureCopy(name)
    const before = await leatView(directory)
    const lines = before.topics.flatMap(({ topic, latest }) =>
      latest.map((_, partition) => JSON.stringify({ topic, partition, key: 'k', value: 'from leat' })),
    )
    await run(directory, ['produce', '--json'], { input: lines.join('\n') })
    await run(directory, ['produce', 'made-by-leat'], { input: 'from leat\n' })

    const after = await leatView(directory)
    expect(after.topics.length).toBe(before.topics.length + 1)
    for (const [partition, records] of after.records) {
      const old = before.records.get(partition) ?? []
      expect(records.slice(0, old.length)).toEqual(old)
      expect(records.slice(old.length).map(({ value }) => value)).toEqual([VALUE])
    }

    const broker = await boot(directory)
    const served = await kafkaView(broker)
    expect(served.topics.map(withoutLeftovers)).toEqual(after.topics.map(withoutLeftovers))
    expectSameRecords(served.records, after.records)
    const committed = (await leatView(directory, 'read_committed')).records
    expectSameRecords((await kafkaView(broker, 'read_committed')).records, committed)
    await broker.stop()
    expect(warnings(broker.log())).toEqual([])
  },
)

/** Kafka deleted `reborn`, made it again, and when it starts gives it the settings that it had in its first life. */
function withoutLeftovers(topic: TopicView): TopicView {
  return topic.topic === 'reborn' ? { ...topic, configs: {} } : topic
}
