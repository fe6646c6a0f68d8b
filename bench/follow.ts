// How soon `consume -f` shows what another process appends: from the write into the pipe of a running `produce` to the line that
// comes out of the follower, so what reading the pipe and appending takes is in it. And what the follower costs while nothing comes.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './shell.ts'
import { figure, type Target } from './targets.ts'

const RECORDS = 300
const PAUSE_MS = 15
const IDLE_MS = 10_000
const TICK_MS = 10

export async function follow(leat: string, directory: string): Promise<Target[]> {
  const [node, script] = leat.split(' ') as [string, string]
  fs.rmSync(directory, { recursive: true, force: true })
  const producer = spawn(node, [script, 'produce', 'live', '-q', '--no-sync', '-d', directory], { stdio: ['pipe', 'ignore', 'inherit'] })
  producer.stdin.write('first\n')
  while (!fs.existsSync(`${directory}/live-0`)) await sleep(20)
  const follower = spawn(node, [script, 'consume', 'live', '-f', '-q', '-d', directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  let arrived: () => void = () => {}
  follower.stdout.on('data', () => arrived())
  const next = (): Promise<void> => new Promise((resolve) => (arrived = resolve))
  try {
    await next()
    const latencies: number[] = []
    for (let index = 0; index < RECORDS; index++) {
      await sleep(PAUSE_MS)
      const startedAt = process.hrtime.bigint()
      const shown = next()
      producer.stdin.write(`{"id":${index}}\n`)
      await shown
      latencies.push(Number(process.hrtime.bigint() - startedAt) / 1e6)
    }
    const before = cpuMs(follower.pid as number)
    await sleep(IDLE_MS)
    const idleMs = cpuMs(follower.pid as number) - before
    const p99 = latencies.toSorted((a, b) => a - b)[Math.floor(RECORDS * 0.99)] as number
    return [
      figure('append to shown, median', 'ms', 5, 5, median(latencies)),
      figure('append to shown, p99', 'ms', 20, 20, p99),
      // Of 10 s; the system counts in steps of 10 ms.
      figure('processor time of 10 s idle', 'ms', 10, 10, idleMs),
    ]
  } finally {
    const ended = new Promise((resolve) => producer.on('exit', resolve))
    producer.stdin.end()
    follower.kill()
    await ended
  }
}

/** User and system time of a process so far. */
function cpuMs(pid: number): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
