// A real Apache Kafka for the tests: ../shared/kafka/kafka boots a broker on a data directory and runs Kafka's tools.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { script } from './available.ts'

/** Where the script keeps Kafka's jars. */
const kafkaHome = process.env['KAFKA_HOME'] ?? `${process.env['HOME']}/.cache/apache-kafka-4.3.1`
let nextPort = 9700

export interface Broker {
  readonly port: number
  /** Everything that the broker logged so far. */
  log(): string
  /** Stops it as an operator does; resolves when the process is gone. */
  stop(): Promise<void>
}

/**
 * Boots a broker on a data directory; it is stopped when the test is over, whatever happened.
 * @param more settings in place of those below: `name=value`
 */
export async function boot(directory: string, more: readonly string[] = []): Promise<Broker> {
  const port = takePort()
  const home = temporaryDirectory()
  onTestFinished(() => stopAll(home, 'SIGKILL'))
  const args = ['boot', directory, '--port', `${port}`, ...settings(directory, port), ...more.flatMap((setting) => ['-X', setting])]
  const result = await run(script, args, { TMPDIR: home, KAFKA_HEAP: '400m' })
  const node = fs.readdirSync(home).find((name) => name.startsWith('kafka-boot.'))
  const log = (): string => fs.readFileSync(`${home}/${node}/log`, 'utf8')
  if (result.exitCode !== 0) throw new Error(`Kafka did not start on ${directory}: ${result.stderr}\n${failures(log())}`)
  return { port, log, stop: () => stopAll(home, 'SIGTERM') }
}

/** Two ports a broker, all from 9700 to 9799. */
function takePort(): number {
  const port = nextPort
  nextPort = nextPort >= 9798 ? 9700 : nextPort + 2
  return port
}

/** The controller on the next port; nothing deletes, compacts or aborts while a test looks. */
function settings(directory: string, port: number): string[] {
  const nodeId = /^node\.id=(\d+)/m.exec(fs.readFileSync(`${directory}/meta.properties`, 'utf8'))?.[1]
  const controller = `localhost:${port + 1}`
  const listeners = `PLAINTEXT://localhost:${port},CONTROLLER://${controller}`
  const quorum = fs.existsSync(`${directory}/bootstrap.checkpoint`)
    ? `controller.quorum.bootstrap.servers=${controller}`
    : `controller.quorum.voters=${nodeId}@${controller}`
  const quiet = ['log.initial.task.delay.ms', 'transaction.abort.timed.out.transaction.cleanup.interval.ms']
  const all = [
    quorum,
    `listeners=${listeners}`,
    `advertised.listeners=${listeners}`,
    'log.cleaner.enable=false',
    ...quiet.map((name) => `${name}=3600000`),
  ]
  return all.flatMap((setting) => ['-X', setting])
}

async function stopAll(home: string, signal: NodeJS.Signals): Promise<void> {
  if (!fs.existsSync(home)) return
  for (const node of fs.readdirSync(home)) {
    const file = `${home}/${node}/pid`
    if (!fs.existsSync(file)) continue
    const pid = Number(fs.readFileSync(file, 'utf8'))
    if (!isAlive(pid)) continue
    process.kill(pid, signal)
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Why a broker did not start. */
function failures(log: string): string {
  const lines = log.split('\n').filter((line) => /^(\[[^\]]*\] (ERROR|FATAL) |\S*Exception)/.test(line))
  return lines.join('\n')
}

/** Lines of a broker's log that warn of something, but for those that every start of a single node has. */
export function warnings(log: string): string[] {
  const lines = log.split('\n').filter((line) => /^\[[^\]]*\] (WARN|ERROR|FATAL) /.test(line))
  return lines.filter((line) => !USUAL.some((usual) => line.includes(usual)))
}

const USUAL = [
  'Performing controller activation',
  'The config `log.cleaner.enable` is deprecated',
  'Attempting to close NetworkClient that has already been closed',
  // A new partition is assigned to the directory while the broker still registers; it is sent again.
  'Unexpected error handling request RequestHeader(apiKey=ASSIGN_REPLICAS_TO_DIRS',
  'assignments failed; global error: Response-level error: STALE_BROKER_EPOCH. Retrying',
  // On a busy machine a controller registers, and a coordinator looks for late transactions, before all is there; both try again. And a
  // coordinator's partition changes its leader epoch, as it does at each start, while it is still being loaded, which begins anew then.
  'because the partition is not online or is no longer the leader',
  'Unexpected error handling request RequestHeader(apiKey=CONTROLLER_REGISTRATION',
  'failed due to error NOT_COORDINATOR',
]

/** Runs one of Kafka's tools, and returns what it printed. */
export async function tool(args: readonly string[]): Promise<string> {
  const result = await run(script, args)
  if (result.exitCode !== 0) throw new Error(`kafka ${args.join(' ')}: ${result.stderr}\n${result.stdout}`)
  return result.stdout
}

/** What KafkaClient.java prints, a value a line. */
export async function client<T>(broker: Broker, args: readonly string[]): Promise<T[]> {
  classes ??= compileClient()
  const jvm = ['-XX:TieredStopAtLevel=1', '-Xmx256m', `-Dlog4j2.configurationFile=${kafkaHome}/log4j2.properties`, '-Dleat.loglevel=WARN']
  const result = await run('java', [
    ...jvm,
    '-cp',
    `${kafkaHome}/lib/*:${await classes}`,
    'KafkaClient',
    `localhost:${broker.port}`,
    ...args,
  ])
  if (result.exitCode !== 0) throw new Error(`KafkaClient ${args.join(' ')}: ${result.stderr}`)
  const lines = result.stdout.split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

let classes: Promise<string> | null = null

afterAll(async () => {
  if (classes !== null) fs.rmSync(await classes, { recursive: true, force: true })
})

/** Compiled once for all tests of a file. */
async function compileClient(): Promise<string> {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'leat-kafka-client-'))
  const result = await run('javac', ['-d', target, '-cp', `${kafkaHome}/lib/*`, path.join(import.meta.dirname, 'KafkaClient.java')])
  if (result.exitCode !== 0) throw new Error(`javac: ${result.stderr}`)
  return target
}

interface ToolResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ToolResult> {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 170_000 })
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { exitCode: exitCode as number | null, stdout, stderr }
}
