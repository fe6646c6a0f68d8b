// What a user is told of a topic that is gone, or is another of its name, by the time its log is looked at again.
import { LeatError } from '../errors/leat-error.ts'

export function deletedWhileRead(directory: string): LeatError {
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `${directory} was deleted while it was read`, {
    hint: 'What was read of it until then is done. Where the topic was made again, run the command again.',
  })
}

/** @param what the topic or folder */
export function deletedWhileWritten(what: string): LeatError {
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `${what} was deleted by another process while it was written to`, {
    hint: 'What was stored before went with the topic. Run the command again to make the topic anew.',
  })
}
