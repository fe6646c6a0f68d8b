// Runs command lines and tells what they took: wall time and processor time of all their processes, peak memory of one.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Sample {
  readonly wallMs: number
  readonly cpuMs: number
  /** Of the process that `$RSS` stands before, in MB of 10^6 bytes; 0 without one. */
  readonly peakMB: number
}

const rssFile = path.join(os.tmpdir(), `leat-bench-rss-${process.pid}`)
/** Bash, because its `time` counts milliseconds; GNU time, because it knows the memory. */
const environment = { ...process.env, RSS: `/usr/bin/time -q -f %M -o ${rssFile}`, TIMEFORMAT: '%3U %3S' }

/** Runs what prepares a measurement. */
export function shell(command: string): void {
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { env: environment, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}\n  ended with ${status}: ${stderr}`)
}

export function measure(command: string): Sample {
  fs.rmSync(rssFile, { force: true })
  const startedAt = process.hrtime.bigint()
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', `time { ${command}\n}`], { env: environment, encoding: 'utf8' })
  const wallMs = Number(process.hrtime.bigint() - startedAt) / 1e6
  if (status !== 0) throw new Error(`${command}\n  ended with ${status}: ${stderr}`)
  const [user = 0, system = 0] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number)
  const peakMB = fs.existsSync(rssFile) ? (Number(fs.readFileSync(rssFile, 'utf8')) * 1024) / 1e6 : 0
  fs.rmSync(rssFile, { force: true })
  return { wallMs, cpuMs: (user + system) * 1000, peakMB }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}
