// What commands on records share: the flags that say where the records are, and how much is said.
import * as Flags from '@oclif/core/flags'
import { LeatCommand } from './leat-command.ts'
import { writeStderr } from './report-error.ts'
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { standardInput } from '../src/system/standard-input.ts'
import { realSystem } from '../src/system/real.ts'
import type { ByteSink } from '../src/system/byte-streams.ts'
import type { System } from '../src/system/system.ts'

export const DEFAULT_DIRECTORY = '.leat'

/** A name for a topic, given in two ways. */
export const topicFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)' })

export abstract class BaseCommand extends LeatCommand {
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
  #isQuiet = false
  #output: ByteSink | undefined

  /** Data on stdout. */
  protected async print(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    if (bytes.length === 0) return
    this.#output ??= standardOutput()
    await this.#output.write(bytes, 0, bytes.length)
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
