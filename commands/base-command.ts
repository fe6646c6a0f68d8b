// What commands on records share: the directory that their flags name, and what they say.
import { LeatCommand } from './leat-command.ts'
import { writeStderr } from './report-error.ts'
import { baseFlags, DEFAULT_DIRECTORY } from './shared-flags.ts'
import type { Cluster } from '../src/client/cluster.ts'
import { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { printableLines } from '../src/errors/printable.ts'
import { recoveryText } from '../src/output/recovery.ts'
import { realSystem } from '../src/system/real.ts'
import { areChildrenRunning } from '../src/system/running-child.ts'
import type { System } from '../src/system/system.ts'

interface WhereFlags {
  readonly dir: string
  readonly 'bootstrap-server'?: string | undefined
  readonly quiet?: boolean
}

export abstract class BaseCommand extends LeatCommand {
  static override baseFlags = baseFlags

  protected readonly system: System = realSystem({
    tookLong: () => {
      // Commands that it has started would outlive it.
      if (!areChildrenRunning()) this.interruption.letThrough()
    },
    goesOn: (path) => this.#noteOnce(`waiting for ${path}, which another process has locked`),
    ended: () => this.interruption.hold(),
  })
  #isQuiet = false
  /** Several readers of a log find the same in it. */
  readonly #noted = new Set<string>()

  /** A note for people, on stderr. Names and messages in it may be anybody's. */
  protected note(text: string): void {
    if (!this.#isQuiet) writeStderr(`${printableLines(text)}\n`)
  }

  /** The directory that the flags name. */
  protected openCluster(flags: WhereFlags): Cluster {
    this.#isQuiet = flags.quiet ?? false
    if (flags['bootstrap-server'] !== undefined)
      throw new LeatError('UNSUPPORTED', 'this version of leat works on data directories only, not on brokers', {
        hint: 'Leave --bootstrap-server (and LEAT_BOOTSTRAP_SERVERS) out, and name a directory with --dir.',
        exitCode: exitCodes.usage,
      })
    if (flags.dir === '') throw this.usage('--dir (or LEAT_DIR) is empty', `For example --dir ${DEFAULT_DIRECTORY}.`)
    return new DirectoryCluster({
      system: this.system,
      root: flags.dir,
      onRecovery: (report) => this.#noteOnce(recoveryText(report)),
      onCreate: (root) => this.note(`leat: made the data directory ${root}`),
    })
  }

  #noteOnce(text: string): void {
    if (!this.#noted.has(text)) this.note(`leat: ${text}`)
    this.#noted.add(text)
  }

  /** The names of the arguments and of a flag, each once. */
  protected named(argv: readonly string[], flag: string | readonly string[] | undefined): string[] {
    return [...new Set([...argv, ...(flag === undefined ? [] : [flag].flat())])]
  }

  /** The one topic that the command is about. @throws LeatError (usage) */
  protected oneTopic(argument: string | undefined, flag: string | undefined): string {
    return this.#one('topic', argument, flag)
  }

  /** The one group that the command is about. @throws LeatError (usage) */
  protected oneGroup(argument: string | undefined, flag: string | undefined): string {
    return this.#one('group', argument, flag)
  }

  #one(what: string, argument: string | undefined, flag: string | undefined): string {
    const [name, ...more] = this.named(argument === undefined ? [] : [argument], flag)
    if (name === undefined) throw this.usage(`a ${what} is needed`)
    if (more.length > 0) throw this.usage(`one ${what} is needed, not ${name} and ${more.join(' and ')}`)
    return name
  }

  /** Works on the directory and closes it; what goes wrong with the closing does not hide what went wrong before. */
  protected async withCluster<T>(flags: WhereFlags, work: (cluster: Cluster) => T | Promise<T>, isDurable = true): Promise<T> {
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
}
