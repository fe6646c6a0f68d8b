// Samples of past runs, so that a single `leat lag` has a history. They complete what the log tells: where a log ended at a past time when its
// records' timestamps are not the times of their arrival, and commits that compaction has removed from `__consumer_offsets`.
//
// `.leat.lag` at the root of the data directory, one group's partition a line, as JSON:
//
//   ["billing","orders",0,"1763700000000 1200 1150 1763699999000", …]        time, log end, committed offset, time of that commit (ms)
//
// A plain file, because Kafka refuses to start beside a folder that is no partition's. It is bounded (`MAX_SAMPLES` a line, ten seconds
// apart, and lines go that were not sampled for a week) and replaced as a whole under the directory's lock. What is damaged is passed
// over, and who does not get the lock at once keeps no sample: all that is ever lost is history.
import { LOCK_FILE } from '../../log/directory-writer.ts'
import { readText, replaceText } from '../../log/text-file.ts'
import type { System } from '../../system/system.ts'

export interface Sample {
  readonly timeMs: bigint
  readonly endOffset: bigint
  readonly offset: bigint
  readonly commitTimestampMs: bigint
}

export interface SampledPartition {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

export type NewSample = SampledPartition & { readonly sample: Sample }

export const SAMPLES_FILE = '.leat.lag'

/** Ten seconds apart, as Burrow's: five minutes of a watch, or as many single runs. */
const MAX_SAMPLES = 32
const MIN_DISTANCE_MS = 10_000n
const KEPT_FOR_MS = 7n * 86_400_000n
const INT64 = String.raw`-?\d{1,19}`
const SAMPLE = new RegExp(`^(${INT64}) (${INT64}) (${INT64}) (${INT64})$`)

export class Samples {
  readonly #lines: Map<string, SampledPartition & { samples: Sample[] }>

  constructor(text: string) {
    this.#lines = new Map(text.split('\n').flatMap((line) => parseLine(line)))
  }

  /** Oldest first. */
  of(partition: SampledPartition): readonly Sample[] {
    return this.#lines.get(keyOf(partition))?.samples ?? []
  }

  /** Where the log of a partition was seen to end, oldest first, whichever group was looked at. */
  logEnds(topic: string, partition: number): Sample[] {
    const lines = [...this.#lines.values()].filter((line) => line.topic === topic && line.partition === partition)
    return lines.flatMap(({ samples }) => samples).toSorted((a, b) => Number(a.timeMs - b.timeMs))
  }

  /** Adds those that are due. @returns whether there were such */
  add(fresh: readonly NewSample[], nowMs: bigint): boolean {
    let isChanged = false
    for (const { sample, ...partition } of fresh) {
      const samples = this.#lines.get(keyOf(partition))?.samples ?? []
      const last = samples.at(-1)
      // A clock that was put back starts anew.
      const isAhead = last !== undefined && last.timeMs > nowMs
      if (!isAhead && last !== undefined && sample.timeMs - last.timeMs < MIN_DISTANCE_MS) continue
      const kept = isAhead ? samples.filter(({ timeMs }) => timeMs <= nowMs) : samples
      this.#lines.set(keyOf(partition), { ...partition, samples: [...kept, sample].slice(-MAX_SAMPLES) })
      isChanged = true
    }
    return isChanged
  }

  text(nowMs: bigint): string {
    const lines = [...this.#lines.values()].filter(({ samples }) => nowMs - (samples.at(-1)?.timeMs ?? 0n) <= KEPT_FOR_MS)
    return lines
      .map(({ group, topic, partition, samples }) => `${JSON.stringify([group, topic, partition, ...samples.map(textOf)])}\n`)
      .join('')
  }
}

/** None where there are none, or they cannot be read. */
export function readSamples(system: System, root: string): Samples {
  try {
    return load(system, root)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return new Samples('')
    throw error
  }
}

function load({ files }: System, root: string): Samples {
  return new Samples(readText(files, `${root}/${SAMPLES_FILE}`) ?? '')
}

/** @returns why none were kept, or null */
export function keepSamples(system: System, root: string, fresh: readonly NewSample[]): string | null {
  const nowMs = system.clock.now()
  try {
    if (!load(system, root).add(fresh, nowMs)) return null
    if (system.locks.isLocked(`${root}/.lock`, 'shared')) return 'a broker holds the directory'
    const lock = system.locks.open(`${root}/${LOCK_FILE}`)
    try {
      if (!lock.tryAcquire()) return 'another process changes the directory'
      const samples = load(system, root)
      if (samples.add(fresh, nowMs)) replaceText(system.files, `${root}/${SAMPLES_FILE}`, samples.text(nowMs), null)
      return null
    } finally {
      lock.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.message
    throw error
  }
}

function keyOf({ group, topic, partition }: SampledPartition): string {
  return JSON.stringify([group, topic, partition])
}

function textOf({ timeMs, endOffset, offset, commitTimestampMs }: Sample): string {
  return `${timeMs} ${endOffset} ${offset} ${commitTimestampMs}`
}

/** Its key and contents, or nothing for a line that is damaged. */
function parseLine(line: string): [string, SampledPartition & { samples: Sample[] }][] {
  const [group, topic, partition, ...texts] = parseArray(line)
  if (typeof group !== 'string' || typeof topic !== 'string' || !Number.isSafeInteger(partition)) return []
  const key = { group, topic, partition: partition as number }
  return [[keyOf(key), { ...key, samples: texts.flatMap(parseSample).slice(-MAX_SAMPLES) }]]
}

function parseArray(line: string): unknown[] {
  try {
    const value: unknown = JSON.parse(line)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function parseSample(text: unknown): Sample[] {
  const match = typeof text === 'string' ? SAMPLE.exec(text) : null
  if (match === null) return []
  const [timeMs, endOffset, offset, commitTimestampMs] = match.slice(1).map(BigInt) as [bigint, bigint, bigint, bigint]
  return [{ timeMs, endOffset, offset, commitTimestampMs }]
}
