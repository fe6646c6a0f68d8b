// All commands by name.
import Consume from './consume.ts'
import Produce from './produce.ts'

export const COMMANDS = {
  consume: Consume,
  produce: Produce,
}
