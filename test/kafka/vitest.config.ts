import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { kafkaMissing } from './available.ts'

if (kafkaMissing !== null) console.warn(`All of these tests are skipped: ${kafkaMissing}.`)

// Against a real Kafka, one test at a time; the commands are those of the bundle.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/kafka/**/*.test.ts'],
    env: { LEAT_TEST_COMMAND: fileURLToPath(new URL('../../bin/run.js', import.meta.url)) },
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
})
