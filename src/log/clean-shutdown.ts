// `.kafka_cleanshutdown`: left by a broker that stopped in order, `{"version":0,"brokerEpoch":45}`. The next one then trusts all
// files without looking, so whoever writes to the directory in between removes it.
import { CLEAN_SHUTDOWN_FILE } from './meta-properties.ts'
import type { Files } from '../system/files.ts'
import { readText } from './text-file.ts'

export interface CleanShutdown {
  /** The epoch of the broker that stopped; null in the empty file of a Kafka before 3.7. */
  readonly brokerEpoch: bigint | null
}

/** null after an unclean stop. */
export function readCleanShutdown(files: Files, root: string): CleanShutdown | null {
  const text = readText(files, `${root}/${CLEAN_SHUTDOWN_FILE}`)
  if (text === null) return null
  // Not through JSON.parse, which would round an epoch past 2^53.
  const epoch = /"brokerEpoch"\s*:\s*(-?\d+)/.exec(text)
  return { brokerEpoch: epoch === null ? null : BigInt(epoch[1] as string) }
}
