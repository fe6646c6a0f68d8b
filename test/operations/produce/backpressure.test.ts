// How input is held back, on a clock that the test moves.
import { expect, test } from 'vitest'
import { Backpressure, type BackpressureOptions } from '../../../src/operations/produce/backpressure.ts'
import type { ByteSource } from '../../../src/system/byte-streams.ts'
import { SimulatedClock } from '../../simulation/clock.ts'

const RECORD_BYTES = 10

/** Input without an end, a reader that reads when it is told to, and what is between them. */
class Flow {
  readonly clock = new SimulatedClock()
  readonly #interruption = new AbortController()
  readonly pauses: bigint[] = []
  looks = 0
  consumed = 0
  inputBytes = Number.POSITIVE_INFINITY
  #producedBytes = 0
  readonly source: ByteSource

  constructor(options: Partial<BackpressureOptions> = {}) {
    const backpressure = new Backpressure({
      group: 'g',
      topic: 't',
      limit: 1000n,
      onLag: 'pause',
      lag: async () => {
        this.looks++
        return BigInt(this.stored - this.consumed)
      },
      storedRecords: () => this.stored,
      clock: this.clock,
      signal: this.#interruption.signal,
      onPause: (lag) => this.pauses.push(lag),
      ...options,
    })
    this.source = backpressure.source({
      name: 'endless',
      size: null,
      read: (_into, _offset, length) => Math.min(length, Math.max(0, this.inputBytes - this.#producedBytes)),
      close() {},
    })
  }

  get stored(): number {
    return Math.floor(this.#producedBytes / RECORD_BYTES)
  }

  interrupt(): void {
    this.#interruption.abort()
  }

  /** Reads until the input has to wait, or has ended; every record is stored as it is read. */
  async read(): Promise<'waits' | 'ended'> {
    for (;;) {
      const answers: number[] = []
      this.reading = Promise.resolve(this.source.read(Buffer.alloc(0), 0, 64 * 1024))
      void this.reading.then((read) => answers.push(read))
      for (let turn = 0; turn < 3 && answers.length === 0; turn++) await this.clock.advance(0)
      const [count] = answers
      if (count === undefined) return 'waits'
      if (count === 0) return 'ended'
      this.#producedBytes += count
    }
  }

  reading: Promise<number> | undefined

  take(count: number): void {
    this.#producedBytes += count
  }
}

test('as many records as the limit allows are read, in few looks; then the input waits for the group', async () => {
  const flow = new Flow()
  expect(await flow.read()).toBe('waits')
  expect(flow.stored).toBeGreaterThan(1000)
  expect(flow.stored).toBeLessThan(1020)
  expect(flow.looks).toBeLessThan(20)
  expect(flow.pauses).toEqual([BigInt(flow.stored)])

  const before = flow.stored
  await flow.clock.advance(10_000)
  expect(flow.stored).toBe(before)
  flow.consumed = 600
  await flow.clock.advance(200)
  flow.take(await flow.reading!)
  expect(await flow.read()).toBe('waits')
  expect(flow.stored - flow.consumed).toBeGreaterThan(1000)
  expect(flow.stored - flow.consumed).toBeLessThan(1020)
  expect(flow.pauses.length).toBe(2)
})

test('a group that keeps up costs a look each time as many records as the limit are read', async () => {
  const flow = new Flow({ lag: async () => ((flow.looks += 1), 0n) })
  flow.inputBytes = 1_000_000 * RECORD_BYTES
  expect(await flow.read()).toBe('ended')
  expect(flow.stored).toBe(1_000_000)
  expect(flow.looks).toBeLessThan(1_100)
  expect(flow.pauses).toEqual([])
})

test('what others append is seen after a second', async () => {
  let others = 0n
  const flow = new Flow({ limit: 1_000_000n, lag: async () => others })
  flow.inputBytes = 640
  await flow.read()
  others = 2_000_000n
  flow.inputBytes = 1280
  expect(await flow.read()).toBe('ended')
  await flow.clock.advance(1000)
  flow.inputBytes = 1920
  expect(await flow.read()).toBe('waits')
})

test('the end of the input does not wait for anybody', async () => {
  const flow = new Flow({ lag: async () => 5000n })
  flow.inputBytes = 0
  expect(await flow.read()).toBe('ended')
  expect(flow.pauses).toEqual([])
})

test('an interruption ends the waiting', async () => {
  const flow = new Flow()
  expect(await flow.read()).toBe('waits')
  flow.interrupt()
  expect(await flow.reading).toBe(0)
})

test('reject: exit code 4, with what is unread and what was stored', async () => {
  const flow = new Flow({ onLag: 'reject', lag: async () => 1001n })
  const reading = flow.source.read(Buffer.alloc(0), 0, 100) as Promise<number>
  const refusal = reading.catch((error: unknown) => error)
  await flow.clock.advance(0)
  expect(await refusal).toMatchObject({
    code: 'LAG_OVER_LIMIT',
    exitCode: 4,
    message: "group 'g' has not read 1001 records of 't', more than --max-lag 1000",
  })
})
