// The flags of `leat consume` that make it a member of a group.
import * as Flags from '@oclif/core/flags'

/** Kafka's names of its clients' assignors, and the ones that the coordinator knows. */
export const ASSIGNORS: Readonly<Record<string, string>> = {
  range: 'range',
  roundrobin: 'round-robin',
  sticky: 'sticky',
  'cooperative-sticky': 'sticky',
  uniform: 'uniform',
}

export const memberFlags = {
  group: Flags.string({ char: 'g', summary: 'read as a member of this group', exclusive: ['partition', 'control'] }),
  commit: Flags.string({
    summary: 'commit after records are written (at least once), before (at most once), or never',
    options: ['after', 'before', 'none'],
    dependsOn: ['group'],
  }),
  assignor: Flags.string({
    summary: 'how the group shares out the partitions (default uniform)',
    options: Object.keys(ASSIGNORS),
    dependsOn: ['group'],
  }),
  'instance-id': Flags.string({ summary: 'a name under which a member gets its partitions back', dependsOn: ['group'] }),
  'session-timeout': Flags.string({
    summary: 'a member that is suspended for longer loses its partitions (default 45s, 1s at least)',
    dependsOn: ['group'],
  }),
}

export interface MemberFlags {
  readonly group: string
  readonly assignor?: string | undefined
  readonly 'instance-id'?: string | undefined
  readonly 'session-timeout'?: string | undefined
}
