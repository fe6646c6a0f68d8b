// What groups need of the directory that they are in.
import { DEFAULT_GROUP_CONFIG, type GroupContext, type GroupTopics } from '../../stream/groups/requests.ts'
import type { CoordinatorHost } from './coordinator-topic.ts'

export interface GroupHost extends CoordinatorHost {
  readonly groupTopics: GroupTopics
  topicNames(): string[]
  /** Whether a topic that is not among them is none. */
  readonly knowsAllTopics: boolean
}

export function groupContext({ system, groupTopics: topics }: Pick<GroupHost, 'system' | 'groupTopics'>): GroupContext {
  return { nowMs: system.clock.now(), topics, config: DEFAULT_GROUP_CONFIG }
}
