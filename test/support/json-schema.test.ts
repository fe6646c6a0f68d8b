import { expect, test } from 'vitest'
import { readSchema, schemaErrors } from './json-schema.ts'

const record = {
  topic: 't',
  partition: 0,
  offset: 1,
  timestamp: 2,
  key: null,
  value: { base64: '/w==' },
  headers: [{ key: 'h', value: null }],
}

test.each<[string, object]>([
  ["$: 'topic' is missing", { topic: undefined }],
  ['$.partition: is less than 0', { partition: -1 }],
  ['$.offset: is no integer', { offset: 1.5 }],
  ['$.key: matches 0 of the forms', { key: 1 }],
  ["$: 'key' needs 'value'", { value: undefined }],
  ["$.headers[0]: 'value' is missing", { headers: [{ key: 'h' }] }],
  ["$: 'extra' is not in the schema", { extra: 1 }],
  ['$.timestampType: is not "LogAppendTime"', { timestampType: 'CreateTime' }],
  ['$.control: is none of ["COMMIT","ABORT",null]', { control: 'x', producerId: 1, producerEpoch: 1 }],
])('the checker of schemas finds: %s', (error, change) => {
  const schema = readSchema('record')
  expect(schemaErrors(schema, record)).toEqual([])
  expect(schemaErrors(schema, JSON.parse(JSON.stringify({ ...record, ...change })))).toEqual([error])
})
