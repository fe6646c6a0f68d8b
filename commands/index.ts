// All commands by name.
import Consume from './consume.ts'
import Produce from './produce.ts'
import Retention from './retention.ts'
import TopicAlter from './topic/alter.ts'
import TopicCreate from './topic/create.ts'
import TopicDelete from './topic/delete.ts'
import TopicDescribe from './topic/describe.ts'
import TopicList from './topic/list.ts'
import TopicTrim from './topic/trim.ts'

export const COMMANDS = {
  consume: Consume,
  produce: Produce,
  retention: Retention,
  'topic:alter': TopicAlter,
  'topic:create': TopicCreate,
  'topic:delete': TopicDelete,
  'topic:describe': TopicDescribe,
  'topic:list': TopicList,
  'topic:trim': TopicTrim,
}
