// What becomes of signals around a synchronous wait: each in a process of its own, which signals itself.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const handledSignals = new URL('../../src/system/handled-signals.ts', import.meta.url).href

function run(program: string) {
  const begin = `
    const { HandledSignals } = await import(${JSON.stringify(handledSignals)})
    const signals = new HandledSignals(new Map(['SIGINT', 'SIGTERM'].map((signal) => [signal, () => process.stdout.write(signal)])))
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
    const send = (signal) => process.kill(process.pid, signal)\n`
  const { status, signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', begin + program], { encoding: 'utf8' })
  return { status, signal, stdout }
}

test('a handled signal goes to the handler when the event loop turns', () => {
  expect(run(`send('SIGINT'); await turn()`)).toEqual({ status: 0, signal: null, stdout: 'SIGINT' })
})

test('one that is let through ends the process at once', () => {
  expect(run(`signals.letThrough(); send('SIGTERM'); process.stdout.write('not reached')`)).toEqual({
    status: null,
    signal: 'SIGTERM',
    stdout: '',
  })
})

test('one that came before others are let through is handled after that: none is lost', () => {
  expect(run(`send('SIGTERM'); signals.letThrough(); signals.hold(); await turn()`)).toEqual({
    status: 0,
    signal: null,
    stdout: 'SIGTERM',
  })
})

test('after others were let through, signals are handled as before', () => {
  expect(run(`for (let n = 0; n < 3; n++) { signals.letThrough(); signals.hold() } send('SIGINT'); await turn()`).stdout).toBe('SIGINT')
})

test('where none was let through, they are held all the same', () => {
  expect(run(`signals.hold(); send('SIGINT'); await turn()`)).toEqual({ status: 0, signal: null, stdout: 'SIGINT' })
})
