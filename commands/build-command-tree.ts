// The command tree, from what oclif knows of the commands.
import type { Command } from '@oclif/core/command'
import type { Config } from '@oclif/core/config'
import type { CommandEntry, CommandTree, FlagEntry } from './command-tree.ts'
import { exitCodes } from '../src/errors/leat-error.ts'

const MEANINGS: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'all that was asked is done',
  failed: 'it failed; stderr says what, why, and what to do',
  usage: 'the command line is wrong',
  partial: 'done in part: some records or items were skipped or failed, counted on stderr',
  conditionNotMet: 'a condition was not met: fewer records than asked for before the time-out, or a limit passed',
  damage: 'damage found in the files',
  hungUp: 'ended because its terminal was closed (HUP), after flushing',
  interrupted: 'ended by Ctrl-C, after flushing',
  terminated: 'ended by TERM, after flushing',
}

export function commandTree(config: Config): CommandTree {
  return {
    name: config.bin,
    groups: groups(config),
    commands: visibleCommands(config).map(commandEntry),
    // The keys are those of MEANINGS.
    exitCodes: Object.entries(MEANINGS).map(([name, meaning]) => ({ code: exitCodes[name as keyof typeof exitCodes], meaning })),
  }
}

function visibleCommands(config: Config): Command.Loadable[] {
  return config.commands.filter(({ hidden }) => !hidden).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function groups(config: Config): { group: string; summary: string }[] {
  const used = new Set(visibleCommands(config).flatMap(({ id }) => (id.includes(':') ? [id.slice(0, id.indexOf(':'))] : [])))
  return [...used].map((group) => ({ group, summary: config.findTopic(group)?.description ?? '' }))
}

function commandEntry(command: Command.Loadable): CommandEntry {
  return {
    command: command.id.replaceAll(':', ' '),
    summary: command.summary ?? '',
    usage: typeof command.usage === 'string' ? command.usage : null,
    arguments: Object.values(command.args).map(({ name, description = '', required = false, options }) => ({
      name: name.toUpperCase(),
      summary: description,
      isRequired: required,
      values: options ?? null,
    })),
    isVariadic: command.strict === false || Object.values(command.args).some(({ multiple }) => multiple === true),
    flags: Object.values(command.flags)
      .filter(({ hidden }) => !hidden)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(flagEntry),
  }
}

function flagEntry(flag: Command.Flag.Cached): FlagEntry {
  const option = flag.type === 'option' ? flag : null
  return {
    flag: `--${flag.name}`,
    char: flag.char === undefined ? null : `-${flag.char}`,
    aliases: [...(flag.aliases ?? []).map((name) => `--${name}`), ...(flag.charAliases ?? []).map((char) => `-${char}`)],
    summary: flag.summary ?? flag.description ?? '',
    takesValue: option !== null,
    isRepeatable: option?.multiple ?? false,
    isNegatable: flag.type === 'boolean' && flag.allowNo,
    isRequired: flag.required ?? false,
    values: option?.options ?? null,
    default: option?.default ?? null,
    env: flag.env ?? null,
  }
}
