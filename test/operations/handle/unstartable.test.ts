// Commands that the machine does not start: that is no record's failure.
import { expect, test } from 'vitest'
import { ExecHandler } from '../../../src/operations/handle/exec-handler.ts'
import type { Handler } from '../../../src/operations/handle/handler.ts'
import { WorkerHandler } from '../../../src/operations/handle/worker-handler.ts'
import { EnvelopeLine } from '../../../src/output/envelope-line.ts'
import { type ChildEnd, ChildFailed, type ChildProcesses } from '../../../src/system/child-processes.ts'
import type { Clock } from '../../../src/system/system.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { deadLetters, handleInputs, openInputs } from '../../support/handling.ts'

const OK: ChildEnd = { kind: 'exit', code: 0 }
const unstartable = (code: string): ChildEnd => ({ kind: 'unstartable', code, reason: `spawn /bin/sh ${code}` })

/** A machine on which a start ends as `startOf` says, and a command that is started takes everything. */
function machine(startOf: () => ChildEnd, seen: string[]): ChildProcesses {
  return {
    isThere: async () => true,
    run: async (_, { input }) => {
      const end = startOf()
      if (end === OK) seen.push(input.toString())
      return { end, stdout: Buffer.alloc(0), stderr: '' }
    },
    start: () => {
      const end = startOf()
      const ended = end === OK ? new Promise<ChildEnd>(() => {}) : Promise.resolve(end)
      return {
        ended,
        surplus: null,
        send: (question) => {
          if (end !== OK) return queueMicrotask(() => question.failed(new ChildFailed(end, '')))
          seen.push((JSON.parse(question.line.toString()) as { value: string }).value)
          queueMicrotask(() => question.answered(Buffer.from('ok')))
        },
        close: async () => end,
      }
    },
  }
}

const open = {
  exec: (processes: ChildProcesses, clock: Clock): Handler =>
    new ExecHandler({ processes, clock, command: 'x', jobs: 1, timeLimitMs: 1000, onStderr: () => {} }, { write: () => {} }),
  worker: (processes: ChildProcesses, clock: Clock): Handler =>
    new WorkerHandler({ processes, clock, command: 'x', jobs: 1, timeLimitMs: 1000, onStderr: () => {} }, () => new EnvelopeLine()),
}

const kinds = ['exec', 'worker'] as const
const SCARCE = ['EAGAIN', 'EMFILE', 'ENOMEM']

test.each(kinds.flatMap((kind) => SCARCE.map((code) => [kind, code] as const)))(
  '--%s: what the machine lacks for now (%s) is waited for: nothing fails, and the order is kept',
  async (kind, code) => {
    const system = simulatedSystem({ seed: 1 })
    const seen: string[] = []
    const startedAt = system.clock.now()
    const processes = machine(() => (system.clock.now() - startedAt < 8000n ? unstartable(code) : OK), seen)
    const cluster = await openInputs(system, ['1', '2', '3'])
    const result = await handleInputs(system, cluster, { openHandler: async () => open[kind](processes, system.clock) })
    expect(result).toMatchObject({ handled: 3, failedAttempts: 0, deadLettered: 0 })
    expect(seen).toEqual(['1', '2', '3'])
  },
)

test.each(SCARCE)('what it lacks for long (%s) ends the run, which says where to go on', async (code) => {
  const system = simulatedSystem({ seed: 1 })
  const seen: string[] = []
  const processes = machine(() => (seen.length < 1 ? OK : unstartable(code)), seen)
  const cluster = await openInputs(system, ['1', '2', '3'])
  const openHandler = async (): Promise<Handler> => open.exec(processes, system.clock)
  await expect(handleInputs(system, cluster, { openHandler, order: 'partition' })).rejects.toMatchObject({
    code: 'HANDLER_UNSTARTABLE',
    message: `in-0 offset 1: the command cannot be started: spawn /bin/sh ${code}`,
    hint: expect.stringMatching(/Go on with -p 0 -o 1\.$/) as string,
  })
  expect(await deadLetters(cluster)).toEqual([])
})

test('what does not pass by itself ends the run at once', async () => {
  const system = simulatedSystem({ seed: 1 })
  const startedAt = system.clock.now()
  const cluster = await openInputs(system, ['1'])
  const processes = machine(() => unstartable('ENOENT'), [])
  await expect(handleInputs(system, cluster, { openHandler: async () => open.exec(processes, system.clock) })).rejects.toThrow('ENOENT')
  expect(system.clock.now() - startedAt).toBeLessThan(1000n)
})
