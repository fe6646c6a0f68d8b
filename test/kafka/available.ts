// Whether a real Kafka can run here.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

/** Boots brokers and runs Kafka's tools; its header says how. */
export const script = path.resolve(import.meta.dirname, '../../../shared/kafka/kafka')

/** Why the tests cannot run, or null. */
export const kafkaMissing = whatIsMissing()

function whatIsMissing(): string | null {
  if (!fs.existsSync(script)) return `there is no ${script}`
  const version = /version "(\d+)/.exec(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr ?? '')?.[1]
  return Number(version ?? 0) < 17 ? 'there is no Java 17 or newer on the PATH' : null
}
