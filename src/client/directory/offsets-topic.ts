// `__consumer_offsets` in a data directory: groups and what they have committed.
import type { Damage } from '../../log/segment-walker.ts'
import { OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import { GroupState } from '../../stream/groups/group-state.ts'
import { type CoordinatorHost, CoordinatorTopic } from './coordinator-topic.ts'

/** As Kafka makes the topic. */
const CONFIGS = new Map([
  ['cleanup.policy', 'compact'],
  ['compression.type', 'producer'],
  ['segment.bytes', '104857600'],
])

export function openOffsetsTopic(host: CoordinatorHost, onDamage: (damage: Damage) => void): CoordinatorTopic<GroupState> {
  return new CoordinatorTopic({ host, name: OFFSETS_TOPIC, configs: CONFIGS, makeState: () => new GroupState(), onDamage })
}
