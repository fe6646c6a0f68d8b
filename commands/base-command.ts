// What all commands share: where the records are, how errors look, what ends a command.
import { Command } from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import { reportError, writeStderr } from './report-error.ts'
import { usageError } from './usage-error.ts'
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { ClosedPipe } from '../src/system/byte-streams.ts'
import { standardInput } from '../src/system/standard-input.ts'
import { realSystem } from '../src/system/real.ts'
import type { Config } from '@oclif/core/config'
import type { ExitCode } from '../src/errors/leat-error.ts'
import type { System } from '../src/system/system.ts'

export const DEFAULT_DIRECTORY = '.leat'

/** A name for a topic, given in two ways. */
export const topicFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)' })

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    dir: Flags.string({ char: 'd', env: 'LEAT_DIR', summary: 'data directory', default: DEFAULT_DIRECTORY, helpGroup: 'WHERE' }),
    'bootstrap-server': Flags.string({
      char: 'b',
      aliases: ['bootstrap-servers', 'brokers'],
      env: 'LEAT_BOOTSTRAP_SERVERS',
      summary: 'a broker in place of a directory (HOST:PORT[,…])',
      helpGroup: 'WHERE',
    }),
    json: Flags.boolean({ char: 'J', summary: 'JSON output, one object a line', helpGroup: 'OUTPUT' }),
    quiet: Flags.boolean({ char: 'q', summary: 'no notes on stderr', helpGroup: 'OUTPUT' }),
    verbose: Flags.boolean({ char: 'v', summary: 'more on stderr', helpGroup: 'OUTPUT' }),
  }

  protected readonly system: System = realSystem()
  readonly #interruption = new AbortController()
  #exitCode: ExitCode = exitCodes.ok
  #isQuiet = false

  /** Runs the command with the words that follow its name. What fails is said on stderr. */
  static async execute(
    this: new (argv: string[], config: Config) => BaseCommand,
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
    return this.#interruption.signal
  }

  /** Sets the code with which the command ends when nothing goes wrong. */
  protected endWith(code: ExitCode): void {
    this.#exitCode = code
  }

  async #runToItsEnd(argv: readonly string[]): Promise<ExitCode> {
    let interruptedWith: ExitCode | undefined
    const stop = (signal: NodeJS.Signals): void => {
      // A second Ctrl-C does not wait.
      if (interruptedWith !== undefined) process.exit(interruptedWith)
      interruptedWith = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
      this.#interruption.abort()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
    try {
      await this._run()
      return interruptedWith ?? this.#exitCode
    } catch (error) {
      if (error instanceof ClosedPipe) return exitCodes.ok
      return reportError(usageError(error, this.#usageContext()) ?? error, argv)
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
    }
  }

  /** oclif's own starts its debug log here, in 5 ms. */
  protected override async init(): Promise<void> {}

  protected override async catch(error: Error): Promise<void> {
    throw error
  }

  #usageContext(): { commandLine: string; flagNames: string[] } {
    const flags = { ...this.ctor.baseFlags, ...this.ctor.flags }
    return {
      commandLine: this.commandLine,
      flagNames: Object.entries(flags).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    }
  }

  /** As it is typed: `leat topic list`. */
  protected get commandLine(): string {
    return `${this.config.bin} ${this.id?.replaceAll(':', ' ')}`
  }

  /** A note for people, on stderr. */
  protected note(text: string): void {
    if (!this.#isQuiet) writeStderr(`${text}\n`)
  }

  /** The directory that the flags name. */
  protected openCluster(flags: { dir: string; 'bootstrap-server'?: string | undefined; quiet?: boolean }): DirectoryCluster {
    this.#isQuiet = flags.quiet ?? false
    if (flags['bootstrap-server'] !== undefined)
      throw new LeatError('UNSUPPORTED', 'this version of leat works on data directories only, not on brokers', {
        hint: 'Leave --bootstrap-server (and LEAT_BOOTSTRAP_SERVERS) out, and name a directory with --dir.',
        exitCode: exitCodes.usage,
      })
    return new DirectoryCluster({
      system: this.system,
      root: flags.dir,
      onRecovery: (report) => {
        if (report.kind === 'cut')
          this.note(`leat: cut ${report.sizeInBytes} bytes of a torn write off ${report.file} (at ${report.position}: ${report.reason})`)
        else
          this.note(
            `leat: damage in ${report.damage.file} at ${report.damage.position}: ${report.damage.reason}. \`leat log verify\` tells more`,
          )
      },
      onCreate: (root) => this.note(`leat: made the data directory ${root}`),
    })
  }

  /** The topic from the argument or --topic. */
  protected requireTopic(argument: string | undefined, flag: string | undefined): string {
    const topic = argument ?? flag
    if (topic === undefined)
      throw new LeatError('USAGE', 'a topic is needed', {
        hint: `See \`${this.commandLine} --help\`.`,
        exitCode: exitCodes.usage,
      })
    return topic
  }

  /** Asks on a terminal; a script, which cannot answer, gets no. */
  protected async confirm(question: string): Promise<boolean> {
    if (!process.stdin.isTTY) return false
    writeStderr(`${question} [y/N] `)
    const source = standardInput()
    const answer = Buffer.alloc(80)
    const count = await source.read(answer, 0, answer.length)
    source.close()
    return /^y(es)?\s*$/i.test(answer.toString('utf8', 0, count))
  }
}
