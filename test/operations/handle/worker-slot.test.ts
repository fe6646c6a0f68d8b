// What becomes of the lines of a worker that ends.
import { expect, test } from 'vitest'
import { StartPatience } from '../../../src/operations/handle/unstartable.ts'
import { WorkerSlot } from '../../../src/operations/handle/worker-slot.ts'
import { type ChildEnd, ChildFailed, type ChildProcesses, type Question } from '../../../src/system/child-processes.ts'
import { SimulatedClock } from '../../simulation/clock.ts'

const EXIT_127: ChildEnd = { kind: 'exit', code: 127 }

/** The first worker ends with all of its lines, as a command that is not there does; the next one takes them. */
function machine(isThere: boolean): { processes: ChildProcesses; endFirst: () => void; looks: () => number; taken: string[] } {
  const first: Question[] = []
  const taken: string[] = []
  let [starts, looks] = [0, 0]
  const processes: ChildProcesses = {
    isThere: async () => {
      looks++
      return isThere
    },
    run: () => Promise.reject(new Error('nothing is run')),
    start: () => {
      const isFirst = ++starts === 1
      return {
        ended: new Promise(() => {}),
        surplus: null,
        send: (question) => {
          if (isFirst) return void first.push(question)
          taken.push(question.line.toString())
          queueMicrotask(() => question.answered(Buffer.from('ok')))
        },
        close: async () => EXIT_127,
      }
    },
  }
  const endFirst = (): void => first.forEach((question) => question.failed(new ChildFailed(EXIT_127, '')))
  return { processes, endFirst, looks: () => looks, taken }
}

function slotOn(processes: ChildProcesses): WorkerSlot {
  const clock = new SimulatedClock()
  return new WorkerSlot({ processes, clock, command: 'x', timeLimitMs: 1000, onStderr: () => {}, patience: new StartPatience(clock) })
}

const LINES = Array.from({ length: 300 }, (_, index) => `${index}`)

test('the first line of a worker that ends has failed, the others go to the next one in their order; whether the command is there is looked up once', async () => {
  const { processes, endFirst, looks, taken } = machine(true)
  const slot = slotOn(processes)
  const results = LINES.map((line) => slot.handle(Buffer.from(line)))
  endFirst()
  const [first, ...others] = await Promise.all(results)
  expect(first).toMatchObject({ type: 'exit-127' })
  expect(others.every((error) => error === null)).toBe(true)
  expect(taken).toEqual(LINES.slice(1))
  expect(looks()).toBe(1)
})

test('where it is not there any more, all of them are refused, and the next record tries it again', async () => {
  const { processes, endFirst, looks, taken } = machine(false)
  const slot = slotOn(processes)
  const results = LINES.map((line) => slot.handle(Buffer.from(line)))
  endFirst()
  for (const { status } of await Promise.allSettled(results)) expect(status).toBe('rejected')
  expect(looks()).toBe(1)
  expect(await slot.handle(Buffer.from('next'))).toBeNull()
  expect(taken).toEqual(['next'])
})
