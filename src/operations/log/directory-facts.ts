// What a data directory's metadata and checkpoints say of its partitions, as far as they can be read. Looking for damage must
// not depend on what may be damaged.
import { DirectoryTopics } from '../../client/directory/directory-topics.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { type OffsetCheckpoint, readCheckpoint } from '../../log/checkpoint-files.ts'
import { folderName } from '../../log/folder-name.ts'
import { type LogConfig, logConfig } from '../../log/topic-config.ts'
import type { Uuid } from '../../bytes/uuid.ts'
import type { Files } from '../../system/files.ts'

export class DirectoryFacts {
  readonly #topics: DirectoryTopics | null
  readonly #recoveryPoints: OffsetCheckpoint

  constructor(files: Files, root: string) {
    this.#topics = openTopics(files, root)
    this.#recoveryPoints = readCheckpoint(files, root, 'recoveryPoint')
  }

  configOf(topic: string): LogConfig {
    return logConfig(this.#topics?.metadata.image.configsOf(topic))
  }

  /** null where the metadata does not know the topic, or is not there. */
  topicId(topic: string): Uuid | null {
    return this.#topics?.metadata.image.topic(topic)?.id ?? null
  }

  recoveryPoint(topic: string, partition: number): bigint {
    return this.#recoveryPoints.get(folderName(topic, partition)) ?? 0n
  }

  /** Partitions that were on the disk once and belong to a topic that the metadata has. */
  get checkpointed(): { topic: string; partition: number }[] {
    const known = [...(this.#topics?.metadata.image.topics ?? [])]
    return known.flatMap(({ name, partitions }) =>
      [...partitions].filter(([partition]) => this.recoveryPoint(name, partition) > 0n).map(([partition]) => ({ topic: name, partition })),
    )
  }

  close(): void {
    this.#topics?.close()
  }
}

function openTopics(files: Files, root: string): DirectoryTopics | null {
  try {
    return new DirectoryTopics(files, root, () => {})
  } catch (error) {
    if (error instanceof LeatError) return null
    throw error
  }
}
