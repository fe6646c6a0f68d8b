// How help looks: what leat is most used for comes first, and groups of commands are not called topics, which are something else here.
import { Help } from '@oclif/core/help'
import type { Command } from '@oclif/core/command'
import type { Topic } from '@oclif/core/interfaces'
import { commands } from './index.ts'

const ORDER = Object.keys(commands)

/** A command comes where commands/index.ts has it, a group where it has its first command. */
function placeOf(name: string): number {
  return ORDER.findIndex((id) => id === name || id.startsWith(`${name}:`))
}

export class HelpPages extends Help {
  #text = ''

  /** What was asked for so far. */
  get text(): string {
    return this.#text
  }

  /** oclif's own goes through console.log, which fails with a stack trace where stdout cannot be written. */
  protected override log(...lines: string[]): void {
    this.#text += `${lines.join(' ')}\n`
  }

  protected override get sortedCommands(): Command.Loadable[] {
    return super.sortedCommands.toSorted((a, b) => placeOf(a.id) - placeOf(b.id))
  }

  protected override get sortedTopics(): Topic[] {
    return super.sortedTopics.toSorted((a, b) => placeOf(a.name) - placeOf(b.name))
  }

  protected override formatTopics(topics: Topic[]): string {
    return super.formatTopics(topics).replace('TOPICS', 'GROUPS OF COMMANDS')
  }

  protected override async showRootHelp(): Promise<void> {
    const single = this.sortedCommands.filter(({ id }) => !id.includes(':'))
    this.log(`${this.formatRoot()}\n\n${this.formatCommands(single)}\n\n${this.formatTopics(this.sortedTopics)}\n`)
  }
}
