// All records of `__consumer_offsets`.
import { consumerGroupRecords } from './consumer-group-records.ts'
import { keyedDecoder } from './keyed-record.ts'
import { shareGroupRecords } from './share-group-records.ts'
import { streamsGroupRecords } from './streams-group-records.ts'

export const groupRecords = { ...consumerGroupRecords, ...shareGroupRecords, ...streamsGroupRecords }

export const decodeGroupRecord = keyedDecoder(groupRecords)
