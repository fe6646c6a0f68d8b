// The power fails after every file call of a run that dead-letters: what is committed was handled, or its dead letter is on the disk.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { handle } from '../../../src/operations/handle/handle.ts'
import type { Handler } from '../../../src/operations/handle/handler.ts'
import type { SimulatedClock } from '../../simulation/clock.ts'
import type { CrashMode } from '../../simulation/file-node.ts'
import { type SimulatedSystem, simulatedSystem } from '../../simulation/system.ts'
import { deadLetters, HANDLING, openInputs } from '../../support/handling.ts'
import { memberOptions } from '../../support/members.ts'
import { openDirectory } from '../../support/records.ts'

const MODES: readonly CrashMode[] = ['drop', 'random', 'keep', 'zeros']
const INPUTS = ['good 0', 'bad 1', 'good 2', 'bad 3', 'bad 4', 'good 5']

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

async function makeInputs(system: SimulatedSystem): Promise<void> {
  await (await openInputs(system, INPUTS)).close()
}

/** Takes what is good, one record at a time, and so long for each that offsets are committed in between. */
function handlerOf(clock: SimulatedClock, handled: string[]): Handler {
  let isBusy = false
  return {
    maxUnderWay: 1,
    isInOrder: true,
    get hasRoom() {
      return !isBusy
    },
    preparer: () => ({
      beginBatch: () => {},
      prepare:
        ({ value }) =>
        async () => {
          const text = String(value)
          isBusy = true
          await clock.advance(250)
          isBusy = false
          if (text.startsWith('bad')) return { type: 'Bad', message: text, stack: null, fault: 'record' }
          handled.push(text)
          return null
        },
    }),
    close: async () => {},
  }
}

async function run(system: SimulatedSystem, memberId: string, handled: string[]): Promise<void> {
  const cluster = await open(system)
  await handle({
    ...HANDLING,
    cluster,
    system,
    member: memberOptions(memberId, ['in']),
    openHandler: async () => handlerOf(system.clock, handled),
    signal: new AbortController().signal,
  })
  await cluster.close()
}

async function check(system: SimulatedSystem, handled: readonly string[]): Promise<void> {
  const cluster = await open(system)
  const committed = await cluster.groups.fetchOffsets('g')
  const done = INPUTS.slice(0, Number(committed.find(({ topic }) => topic === 'in')?.offset ?? 0n))
  expect([...handled, ...(await deadLetters(cluster))]).toEqual(expect.arrayContaining(done))
  await cluster.close()
  const rest: string[] = []
  await run(system, 'after', rest)
  const last = await open(system)
  const all = new Set([...handled, ...rest, ...(await deadLetters(last)).map(String)])
  expect([...all].toSorted()).toEqual(INPUTS.toSorted())
  await last.close()
}

test('whatever file call is the last, no record is committed that is neither handled nor stored', async () => {
  const whole = simulatedSystem({ seed: 3 })
  await makeInputs(whole)
  const before = whole.files.journal.length
  const all: string[] = []
  await run(whole, 'member', all)
  expect(all).toEqual(INPUTS.filter((value) => value.startsWith('good')))
  const points = whole.files.journal.filter((call) => call.changes && call.number > before).map((call) => call.number + 1)
  expect(points.length).toBeGreaterThan(20)
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 3 })
    await makeInputs(system)
    const handled: string[] = []
    system.files.cutPowerAt(point)
    await run(system, 'member', handled).catch(() => {})
    await check(system.afterPowerLoss({ mode: MODES[index % MODES.length] as CrashMode, seed: point }), handled)
  }
}, 120_000)
