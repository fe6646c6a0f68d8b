// How a command runs: from its words to its exit code. What fails is said on stderr; Ctrl-C and TERM end what it waits for.
import { QuietCommand } from './quiet-command.ts'
import { Interruption } from './interruption.ts'
import { reportError } from './report-error.ts'
import { usageError, type UsageContext } from './usage-error.ts'
import { LeatError, exitCodes, type ExitCode } from '../src/errors/leat-error.ts'
import { ClosedPipe, type ByteSink } from '../src/system/byte-streams.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import type { Config } from '@oclif/core/config'

export abstract class LeatCommand extends QuietCommand {
  protected readonly interruption = new Interruption()
  #exitCode: ExitCode = exitCodes.ok
  /** Of data; made when there is some. */
  #output: ByteSink | undefined

  /** Runs the command with the words that follow its name. What fails is said on stderr. */
  static async execute(
    this: new (argv: string[], config: Config) => LeatCommand,
    id: string,
    argv: string[],
    config: Config,
  ): Promise<ExitCode> {
    const command = new this(argv, config)
    command.id = id
    return command.#runToItsEnd([...argv])
  }

  /** Ends what the command waits for, after Ctrl-C or TERM. */
  protected get signal(): AbortSignal {
    return this.interruption.signal
  }

  /** Whether --json is about the input: what fails is then said in words. */
  protected get isJsonInput(): boolean {
    return false
  }

  /** Sets the code with which the command ends when nothing goes wrong. */
  protected endWith(code: ExitCode): void {
    this.#exitCode = code
  }

  async #runToItsEnd(argv: readonly string[]): Promise<ExitCode> {
    try {
      await this.interruption.during(() => this._run())
      return this.interruption.exitCode ?? this.#exitCode
    } catch (error) {
      if (error instanceof ClosedPipe) return exitCodes.ok
      return reportError(usageError(error, this.#usageContext()) ?? error, this.isJsonInput ? [] : argv)
    }
  }

  #usageContext(): UsageContext {
    const flags = { ...this.ctor.baseFlags, ...this.ctor.flags }
    return {
      commandLine: this.commandLine,
      choiceName: Object.entries(this.ctor.args).find(([, { options }]) => options !== undefined)?.[0],
      flagNames: Object.entries(flags).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    }
  }

  /** Data on stdout. */
  protected async print(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    if (bytes.length === 0) return
    this.#output ??= standardOutput()
    await this.#output.write(bytes, 0, bytes.length)
  }

  /** What is wrong with the command line. */
  protected usage(message: string, hint = `See \`${this.commandLine} --help\`.`): LeatError {
    return new LeatError('USAGE', message, { hint, exitCode: exitCodes.usage })
  }

  /** As it is typed: `leat topic list`. */
  protected get commandLine(): string {
    return `${this.config.bin} ${this.id?.replaceAll(':', ' ')}`
  }
}
