// Runs leat as its users do: a process with arguments, input and environment. Runs the bundle when LEAT_TEST_COMMAND names one
// (bin/run.js of an installed package), else from source. LEAT_TEST_NODE names another Node to run it with.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'

export interface LeatOptions {
  /** Bytes for standard input, then its end; without it, standard input is empty. */
  readonly input?: string | Buffer
  /** Added to the environment of the tests; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** As a terminal starts it: a signal to the group reaches what it has just forked as well. */
  readonly ownGroup?: boolean
  /** The script to run in place of the one under test. */
  readonly command?: string
}

export interface LeatResult {
  readonly stdout: Buffer
  readonly stderr: string
  /** null when a signal ended it. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export type LeatProcess = ChildProcessByStdio<Writable, Readable, Readable>

const source = path.resolve(import.meta.dirname, '../../bin/dev.js')

/** What the tests must not inherit: settings of the person who runs them. */
const clean = { LEAT_DIR: undefined, LEAT_BOOTSTRAP_SERVERS: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined }

/** Starts leat and leaves it running; it is killed when the test is over. */
export function startLeat(args: readonly string[], options: LeatOptions = {}): LeatProcess {
  const node = process.env['LEAT_TEST_NODE'] ?? process.execPath
  const command = options.command ?? process.env['LEAT_TEST_COMMAND'] ?? source
  const child = spawn(node, [command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...clean, ...options.env },
    detached: options.ownGroup ?? false,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {}) // it may end before it has read everything
  onTestFinished(() => void child.kill('SIGKILL'))
  if (options.input !== undefined) child.stdin.end(options.input)
  return child
}

/** Runs leat to its end. */
export async function leat(args: readonly string[], options: LeatOptions = {}): Promise<LeatResult> {
  return finished(startLeat(args, { input: '', ...options }))
}

/** Collects what a process says from now on, until it ends; a process that may end by itself has to be listened to from its start. */
export async function finished(child: LeatProcess): Promise<LeatResult> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('the process had ended before anybody listened')
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes))
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString(), exitCode, signal }
}
