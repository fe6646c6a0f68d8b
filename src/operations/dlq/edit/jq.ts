// --jq EXPR: values through the jq of this machine. One process edits all of them, a line each:
//
//   a value ▶  {"values":[…]}   what the expression makes of it        {"error":"…"}   why it makes nothing of it
import { parseRaw } from '../../../bytes/exact-json.ts'
import { LeatError, exitCodes } from '../../../errors/leat-error.ts'
import { ask, ChildFailed, type ChildProcesses, type Worker } from '../../../system/child-processes.ts'
import { NotEditable, type ValueEdit } from './value-edit.ts'

const TIME_LIMIT_MS = 30_000
const CLOSE_GRACE_MS = 1000
/** The first integer that a double does not hold. */
const LARGE_INTEGER = '9007199254740993'

export class Jq implements ValueEdit {
  readonly #worker: Worker
  /** Versions before 1.7 keep numbers as doubles only. */
  readonly #isRounding: boolean

  private constructor(worker: Worker, isRounding: boolean) {
    this.#worker = worker
    this.#isRounding = isRounding
  }

  /** @throws LeatError (usage) where there is no jq, or it does not take the expression */
  static async start(processes: ChildProcesses, expression: string): Promise<Jq> {
    // The newline ends a comment that the expression may end with.
    const program = `try {values: [${expression}\n]} catch {error: tostring}`
    const run = (words: string, input: string) =>
      processes.run(`jq -c ${words}`, { input: Buffer.from(input), env: {}, timeLimitMs: TIME_LIMIT_MS })
    const present = await run('.', LARGE_INTEGER)
    if (present.end.kind !== 'exit' || present.end.code !== 0)
      throw new LeatError('COMMAND_NOT_FOUND', '--jq needs jq, and there is none on the PATH', {
        hint: 'Install jq (https://jqlang.org), or use --set .field=value, or an editor.',
        exitCode: exitCodes.usage,
      })
    // No input: it is compiled, and nothing is run.
    const compiled = await run(quoted(program), '')
    if (compiled.end.kind !== 'exit' || compiled.end.code !== 0)
      throw new LeatError('USAGE', `--jq '${expression}' is not a jq expression`, {
        hint: firstLine(compiled.stderr),
        exitCode: exitCodes.usage,
      })
    const isRounding = present.stdout.toString().trim() !== LARGE_INTEGER
    return new Jq(processes.start(`jq --unbuffered -c ${quoted(program)}`, { env: {} }), isRounding)
  }

  async edit(value: Buffer): Promise<Buffer | null> {
    if (this.#isRounding && hasLargeInteger(value)) throw new NotEditable('it has integers past 2^53, which this jq rounds (1.7 does not)')
    const before = oneLine(value)
    const answer = await this.#ask(before)
    if (answer.error !== undefined) throw new NotEditable(`jq: ${answer.error}`)
    const { values } = answer
    if (values.length > 1) throw new NotEditable(`jq makes ${values.length} values of it, not one`)
    if (values.length === 0) return null
    const after = JSON.stringify(values[0])
    return after === before ? value : Buffer.from(after)
  }

  async #ask(line: string): Promise<{ readonly values: readonly unknown[]; readonly error?: string }> {
    try {
      const answer = await ask(this.#worker, Buffer.from(line), TIME_LIMIT_MS)
      // The program around the expression gives just that.
      return parseRaw(answer.toString()) as { values: unknown[] }
    } catch (error) {
      if (!(error instanceof ChildFailed)) throw error
      throw new LeatError('COMMAND_FAILED', `jq: ${error.message}`, { hint: firstLine(error.stderr) })
    }
  }

  async close(): Promise<void> {
    await this.#worker.close(CLOSE_GRACE_MS)
  }
}

function oneLine(value: Buffer): string {
  try {
    return JSON.stringify(parseRaw(value.toString()))
  } catch {
    throw new NotEditable('its value is not JSON')
  }
}

function hasLargeInteger(value: Buffer): boolean {
  let isFound = false
  const look = (_: string, item: unknown): unknown => {
    if (Number.isInteger(item) && !Number.isSafeInteger(item)) isFound = true
    return item
  }
  try {
    JSON.parse(value.toString(), look)
  } catch {
    // It is no JSON, which is said elsewhere.
  }
  return isFound
}

/** jq says the rest for those who know its source. */
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] as string
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
