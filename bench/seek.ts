// What it takes to find one record in a topic of 10 GB, by offset and by time, once the topic is open: to the batch that holds it.
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import type { BatchHeader } from '../src/record/batch-header.ts'
import { realSystem } from '../src/system/real.ts'
import { median } from './shell.ts'
import { figure, type Target } from './targets.ts'

const SEEKS = 1000

/** Of topic `orders`, which has one partition. */
export function seek(directory: string): Target[] {
  const cluster = new DirectoryCluster({ system: realSystem(), root: directory, onRecovery: () => {}, onCreate: () => {} })
  const { startOffset, endOffset } = cluster.partitionOffsets('orders', 0)
  const reader = cluster.openReader('orders', 0, ({ reason }) => {
    throw new Error(reason)
  })
  // Far apart, in no order, and the same in each run.
  const places = Array.from({ length: SEEKS }, (_, index) => startOffset + ((BigInt(index) * 7_368_787n) % (endOffset - startOffset)))
  const times = places.map((offset) => {
    reader.seek(offset)
    return (reader.next() as BatchHeader).maxTimestamp
  })
  const byOffset = places.map((offset) =>
    milliseconds(() => {
      reader.seek(offset)
      const header = reader.next() as BatchHeader
      if (header.baseOffset > offset || header.lastOffset < offset) throw new Error(`offset ${offset} is not in ${header.baseOffset}…`)
    }),
  )
  const byTime = times.map((time) =>
    milliseconds(() => {
      if (cluster.offsetForTime('orders', 0, time) === null) throw new Error(`nothing at ${time}`)
    }),
  )
  reader.close()
  return [
    figure('by offset, median', 'ms', 1, 1, median(byOffset)),
    figure('by offset, p99', 'ms', 1, 1, p99(byOffset)),
    figure('by time, median', 'ms', 1, 1, median(byTime)),
    figure('by time, p99', 'ms', 1, 1, p99(byTime)),
  ]
}

function milliseconds(run: () => void): number {
  const startedAt = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - startedAt) / 1e6
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] as number
}
