// The committed directory of an earlier leat, to a Kafka of today: what fixtures/golden/README.md says of it.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { boot, warnings } from './kafka.ts'
import { expectSame, kafkaView, leatView } from './views.ts'

const golden = path.resolve(import.meta.dirname, '../../fixtures/golden')

test.skipIf(kafkaMissing)('Kafka has no complaint about the golden directory, and serves its records', async () => {
  const directory = `${temporaryDirectory()}/data`
  fs.cpSync(`${golden}/data`, directory, { recursive: true })
  expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(350)
  const wanted = await leatView(directory)
  const broker = await boot(directory)
  expectSame(await kafkaView(broker), wanted)
  await broker.stop()
  expect(warnings(broker.log())).toEqual([])
})
