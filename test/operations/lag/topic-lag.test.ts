// What a producer that holds back is told, again and again.
import { expect, test } from 'vitest'
import { TopicLag } from '../../../src/operations/lag/topic-lag.ts'
import { openDirectory } from '../../support/records.ts'
import { GROUP, Scene, TOPIC } from './scene.ts'

test('what another process trims meanwhile is no lag any more', async () => {
  const scene = await Scene.start()
  scene.produce(50)
  const lag = new TopicLag(scene.cluster, GROUP, TOPIC)
  expect(await lag.records(10n)).toBe(50n)
  const other = openDirectory(scene.system, scene.cluster.location)
  await other.beginWriting()
  await other.applyRetention(TOPIC, 0, { startOffset: 45n, withLimits: false })
  await other.close()
  expect(await lag.records(10n)).toBe(5n)
})
