// Has a metadata log that lost topics know them again, before a repair takes what is left of it for all there was.
import { DirectoryTopics } from '../../client/directory/directory-topics.ts'
import { TopicChanges } from '../../client/directory/topic-changes.ts'
import { DirectoryWriter } from '../../log/directory-writer.ts'
import type { RecoveryReport } from '../../log/recovery.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { System } from '../../system/system.ts'
import type { Repair } from './repair.ts'

/** Ids and numbers of partitions come from the folders; settings are lost. */
export async function adoptTopics(system: System, root: string, onRecovery: (report: RecoveryReport) => void): Promise<Repair[]> {
  const topics = new DirectoryTopics(system.files, root, () => {})
  try {
    const lost = topics.isController ? topics.names().filter((name) => topics.metadata.image.topic(name) === undefined) : []
    if (lost.length === 0) return []
    const writer = await DirectoryWriter.open(system, root, onRecovery)
    let isDone = false
    try {
      new TopicChanges(system, writer, topics).adopt()
      isDone = true
    } finally {
      await writer.close(isDone)
    }
    const reason = `topics that only their folders told of are registered again: ${lost.join(', ')}`
    const place = { position: null, sizeInBytes: null, fromOffset: null, toOffset: null, keptIn: null }
    return [{ action: 'rebuilt', file: `${root}/${METADATA_TOPIC}-0`, ...place, reason }]
  } finally {
    topics.close()
  }
}
