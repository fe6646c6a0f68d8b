// All commands by name, in the order in which help has them. Each is loaded when it is run: loading all of them takes longer than most of
// them run.
import type { Command } from '@oclif/core/command'
import type { LeatCommand } from './leat-command.ts'

type Load = () => Promise<{ readonly default: Command.Class & Pick<typeof LeatCommand, 'execute'> }>

export const commands = {
  produce: () => import('./produce.ts'),
  consume: () => import('./consume.ts'),
  pipe: () => import('./pipe.ts'),
  table: () => import('./table.ts'),
  lag: () => import('./lag.ts'),
  compact: () => import('./compact.ts'),
  retention: () => import('./retention.ts'),
  doctor: () => import('./doctor.ts'),
  completion: () => import('./completion.ts'),
  complete: () => import('./complete.ts'),
  help: () => import('./help.ts'),
  'topic:alter': () => import('./topic/alter.ts'),
  'topic:create': () => import('./topic/create.ts'),
  'topic:delete': () => import('./topic/delete.ts'),
  'topic:describe': () => import('./topic/describe.ts'),
  'topic:list': () => import('./topic/list.ts'),
  'topic:trim': () => import('./topic/trim.ts'),
  'group:delete': () => import('./group/delete.ts'),
  'group:describe': () => import('./group/describe.ts'),
  'group:export': () => import('./group/export.ts'),
  'group:import': () => import('./group/import.ts'),
  'group:list': () => import('./group/list.ts'),
  'group:members': () => import('./group/members.ts'),
  'group:reset': () => import('./group/reset.ts'),
  'group:seek': () => import('./group/seek.ts'),
  'dlq:edit': () => import('./dlq/edit.ts'),
  'dlq:list': () => import('./dlq/list.ts'),
  'dlq:park': () => import('./dlq/park.ts'),
  'dlq:replay': () => import('./dlq/replay.ts'),
  'dlq:show': () => import('./dlq/show.ts'),
  'dlq:triage': () => import('./dlq/triage.ts'),
  'dlq:watch': () => import('./dlq/watch.ts'),
  'log:dump': () => import('./log/dump.ts'),
  'log:offsets': () => import('./log/offsets.ts'),
  'log:repair': () => import('./log/repair.ts'),
  'log:verify': () => import('./log/verify.ts'),
} satisfies Readonly<Record<string, Load>>

/** Asked for by oclif, for help and its manifest. */
export async function loadAll(): Promise<Record<string, Command.Class>> {
  const loaded = Object.entries(commands).map(async ([id, load]) => [id, (await load()).default] as const)
  return Object.fromEntries(await Promise.all(loaded))
}
