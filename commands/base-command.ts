// What commands on records share: the flags that say where the records are, and how much is said.
import * as Flags from '@oclif/core/flags'
import { LeatCommand } from './leat-command.ts'
import { writeStderr } from './report-error.ts'
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { recoveryText } from '../src/output/recovery.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { standardInput } from '../src/system/standard-input.ts'
import { realSystem } from '../src/system/real.ts'
import type { System } from '../src/system/system.ts'

export const DEFAULT_DIRECTORY = '.leat'

/** A name for a topic, given in two ways. */
export const topicFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)' })

/** Of every command that changes something. */
export const dryRunFlag = Flags.boolean({ summary: 'only say what would be done', default: false })

interface WhereFlags {
  readonly dir: string
  readonly 'bootstrap-server'?: string | undefined
  readonly quiet?: boolean
}

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

  /** Data on stdout. */
  protected async print(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    if (bytes.length > 0) await standardOutput().write(bytes, 0, bytes.length)
  }

  /** A note for people, on stderr. */
  protected note(text: string): void {
    if (!this.#isQuiet) writeStderr(`${text}\n`)
  }

  /** The directory that the flags name. */
  protected openCluster(flags: WhereFlags): DirectoryCluster {
    this.#isQuiet = flags.quiet ?? false
    if (flags['bootstrap-server'] !== undefined)
      throw new LeatError('UNSUPPORTED', 'this version of leat works on data directories only, not on brokers', {
        hint: 'Leave --bootstrap-server (and LEAT_BOOTSTRAP_SERVERS) out, and name a directory with --dir.',
        exitCode: exitCodes.usage,
      })
    return new DirectoryCluster({
      system: this.system,
      root: flags.dir,
      onRecovery: (report) => this.note(`leat: ${recoveryText(report)}`),
      onCreate: (root) => this.note(`leat: made the data directory ${root}`),
    })
  }

  /** Works on the directory and closes it; what goes wrong with the closing does not hide what went wrong before. */
  protected async withCluster<T>(flags: WhereFlags, work: (cluster: DirectoryCluster) => T | Promise<T>, isDurable = true): Promise<T> {
    const cluster = this.openCluster(flags)
    let result: T
    try {
      result = await work(cluster)
    } catch (error) {
      await cluster.close(isDurable).catch(() => {})
      throw error
    }
    await cluster.close(isDurable)
    return result
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
