// Takes committed offsets from lines of `group export`: all of them, or none.
import { parseIntegers } from '../../bytes/exact-json.ts'
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { isId } from '../../grammar/values.ts'
import type { ExportedOffset } from './export.ts'
import { requireIdle } from './require-idle.ts'
import { MAX_OFFSET } from '../../record/offset-range.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'

export interface ImportedOffset extends ExportedOffset {
  /** Where it is from, counted from 1. */
  readonly line: number
}

/** Lines with offsets as text: they may be past 2^53. @throws LeatError INVALID_INPUT that names the line */
export function parseExport(text: string): ImportedOffset[] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ ...parseLine(line, index + 1), line: index + 1 }]))
}

/** @returns the number of groups. @throws LeatError before anything is changed */
export async function importOffsets(cluster: Cluster, offsets: readonly ImportedOffset[], isDryRun: boolean): Promise<number> {
  const groups = Map.groupBy(offsets, ({ group }) => group)
  for (const offset of offsets) checkOffset(cluster, offset)
  for (const groupId of groups.keys()) await requireIdle(cluster, groupId)
  if (isDryRun) return groups.size
  await cluster.beginWriting()
  for (const [groupId, some] of groups) await cluster.groups.commitOffsets({ groupId, member: null, offsets: some })
  await cluster.sync()
  return groups.size
}

function checkOffset(cluster: Cluster, { topic, partition, offset, line }: ImportedOffset): void {
  if (!cluster.hasTopic(topic))
    throw new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${topic}' here; nothing was imported`, {
      hint: `Make it first (\`leat topic create ${topic}\`), or leave its lines out.`,
    })
  const partitions = cluster.describeTopic(topic).partitions.map((known) => known.partition)
  if (!partitions.includes(partition)) throw unknownPartition(topic, partition, partitions)
  const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
  if (offset >= startOffset && offset <= endOffset) return
  const what = `line ${line}: ${topic}-${partition} has offsets ${startOffset} to ${endOffset}; ${offset} is outside; nothing was imported`
  throw new LeatError('OFFSET_OUT_OF_RANGE', what, {
    hint: 'Change the offset, or leave the line out: `leat group reset` gives the group one.',
  })
}

function parseLine(line: string, number: number): ExportedOffset {
  const fields = parseObject(line, number)
  const { group, topic, partition, metadata = '' } = fields
  if (typeof group !== 'string' || !isId(group)) throw wrong(number, "'group' is no name")
  if (typeof topic !== 'string' || topic === '') throw wrong(number, "'topic' is no name")
  if (typeof metadata !== 'string') throw wrong(number, "'metadata' is no text")
  const offset = integer(fields, 'offset', number)
  const at = integer({ partition }, 'partition', number)
  if (offset < 0n || offset > MAX_OFFSET) throw wrong(number, `'offset' ${offset} is outside 0 to 2^63-1`)
  if (at < 0n || at > 0x7fff_ffffn) throw wrong(number, `'partition' ${at} is outside 0 to 2^31-1`)
  const leaderEpoch = fields['leaderEpoch'] === undefined || fields['leaderEpoch'] === null ? -1n : integer(fields, 'leaderEpoch', number)
  return { group, topic, partition: Number(at), offset, leaderEpoch: Number(BigInt.asIntN(32, leaderEpoch)), metadata }
}

/** Integers come as bigint: their own digits count, not the number that JSON makes of them. */
function parseObject(line: string, number: number): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = parseIntegers(line)
  } catch {
    throw wrong(number, 'it is no JSON object')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong(number, 'it is no JSON object')
  return { ...parsed }
}

function integer(fields: Record<string, unknown>, name: string, line: number): bigint {
  const value = fields[name]
  if (typeof value !== 'bigint') throw wrong(line, `'${name}' is no integer`)
  return value
}

function wrong(line: number, why: string): LeatError {
  return new LeatError('INVALID_INPUT', `line ${line}: ${why}; nothing was imported`, {
    hint: 'A line is what `leat group export` prints: {"group":"g","topic":"t","partition":0,"offset":42,"leaderEpoch":0,"metadata":""}.',
  })
}
