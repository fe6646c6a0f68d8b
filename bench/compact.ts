// Compaction of a million keyed order events, of 50,000 customers, in one segment that is on the disk: both passes, the syncs and the swap, in this
// process. Beside it `cp` of the same segment, which reads it once and writes all of it.
import fs from 'node:fs'
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import { realSystem } from '../src/system/real.ts'
import { measure, type Sample, shell } from './shell.ts'
import { LEAT, type Measured, perSecond, ratio, summarize, type Target } from './targets.ts'

const ROUNDS = 7
const MAP_BYTES = 32 * 1024 * 1024
const SEGMENT = 'orders-0/00000000000000000000.log'

export interface CompactFigures {
  readonly targets: readonly Target[]
  readonly measured: ReadonlyMap<string, Measured>
}

/** @param leat the command line that produces; @param work where files go */
export async function compact(leat: string, work: string, orders: string): Promise<CompactFigures> {
  const made = `${work}/compact-made`
  const copy = `${work}/compact`
  const make = `${leat} topic create orders --config cleanup.policy=compact -q -d ${made} && ${leat} produce orders ${orders} --key-field .customerId --no-sync -q -d ${made}`
  shell(`[ -d ${made} ] || { ${make}; }`)
  const megabytes = fs.statSync(`${made}/${SEGMENT}`).size / 1e6
  const samples = { ours: [] as Sample[], copies: [] as Sample[] }
  for (let round = 0; round < ROUNDS; round++) {
    shell(`rm -rf ${copy} ${work}/copied && cp -r ${made} ${copy} && sync ${copy}/orders-0/*`)
    samples.ours.push(await compactOnce(copy))
    samples.copies.push(measure(`cp ${made}/${SEGMENT} ${work}/copied`))
  }
  return {
    targets: [perSecond(megabytes, 'MB/s', 500, 1500), ratio('cp', 5, 2)],
    measured: new Map([
      [LEAT, summarize(samples.ours)],
      ['cp', summarize(samples.copies)],
    ]),
  }
}

async function compactOnce(root: string): Promise<Sample> {
  const cluster = new DirectoryCluster({ system: realSystem(), root, onRecovery: () => {}, onCreate: () => {} })
  await cluster.beginWriting()
  const startedAt = process.hrtime.bigint()
  const { user, system } = process.cpuUsage()
  const { recordsAfter } = await cluster.compact('orders', 0, { mapBytes: MAP_BYTES, rolls: true, turn: async () => {} })
  const wallMs = Number(process.hrtime.bigint() - startedAt) / 1e6
  const used = process.cpuUsage({ user, system })
  if (recordsAfter !== 50_000) throw new Error(`${recordsAfter} records are left`)
  await cluster.close()
  return { wallMs, cpuMs: (used.user + used.system) / 1000, peakMB: 0 }
}
