import fc from 'fast-check'
import { expect, test } from 'vitest'
import { METADATA_TOPIC_ID, ZERO_UUID, randomUuid, uuidBytes, uuidText } from '../../src/bytes/uuid.ts'

test('a UUID is printed as Kafka does: 22 characters of URL-safe base64', () => {
  expect(uuidText(Buffer.from('923d8057 5ee5 4533 aa47 84e9fee8d573'.replaceAll(' ', ''), 'hex'))).toBe('kj2AV17lRTOqR4Tp_ujVcw')
  expect(uuidText(Buffer.alloc(16))).toBe(ZERO_UUID)
  expect(uuidBytes(METADATA_TOPIC_ID).at(-1)).toBe(1)
})

test('its text gives back its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(5), (bytes, at) => {
      const text = uuidText(Buffer.concat([Buffer.alloc(at), Buffer.from(bytes), Buffer.alloc(3)]), at)
      expect(text).toMatch(/^[\w-]{22}$/)
      expect(uuidBytes(text).equals(bytes)).toBe(true)
    }),
  )
})

test('a random one is of version 4, and never starts with a dash', () => {
  // What the first fills give would start with a dash.
  const fills = [0xf8, 0xfb, 0x10]
  const text = randomUuid((bytes) => void bytes.fill(fills.shift() ?? 0))
  expect(fills).toEqual([])
  expect(uuidBytes(text).toString('hex')).toBe('10101010101040109010101010101010')
})
