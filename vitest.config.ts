import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const results = process.env['LEAT_TEST_RESULTS']
const bundle = fileURLToPath(new URL('bin/run.js', import.meta.url))

// `--mode bundle` tests the commands of the bundle (as `npm test` does), without it those of the sources.
export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    // Against a real Kafka: npm run test:kafka.
    exclude: ['test/kafka/**'],
    env: mode === 'bundle' ? { LEAT_TEST_COMMAND: bundle } : {},
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ['default', ...(results === undefined ? [] : ['json'])],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
  },
}))
