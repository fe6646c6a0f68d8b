import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CODEC_NAMES, DecompressedTooLarge, OutputBuffer, compress, decompress } from '../../src/bytes/compression/index.ts'
import { MalformedInput, TruncatedInput } from '../../src/bytes/errors.ts'
import { noise, orderEvents, patchwork, pattern } from './samples.ts'

const GZIP = 1
const SNAPPY = 2
const LZ4 = 3
const ZSTD = 4
const CODECS = [GZIP, SNAPPY, LZ4, ZSTD].map((codec) => [CODEC_NAMES[codec] as string, codec] as const)
const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/compression')
const LARGE = 16 * 1024 * 1024

const fixture = (name: string): Buffer => readFileSync(path.join(FIXTURES, name))

describe('what others write is read', () => {
  const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.bin'))

  test.each(files)('%s', (name) => {
    const codec = CODEC_NAMES.indexOf(name.match(/^[a-z0-9]+/)?.[0] as (typeof CODEC_NAMES)[number])
    expect(decompress(codec, fixture(name), LARGE)).toEqual(orderEvents(100_000))
  })

  test('by every codec', () => {
    expect(files).toHaveLength(12)
  })
})

describe.each(CODECS)('%s', (_, codec) => {
  test.each([0, 1, 2, 4, 5, 12, 13, 16, 100, 32767, 32768, 32769, 65535, 65536, 65537, 131_073, 1_300_000])(
    '%d bytes come back',
    (length) => {
      for (const bytes of [orderEvents(length), noise(length), pattern(length, 1), pattern(length, 7), patchwork(length)])
        expect(decompress(codec, compress(codec, bytes), LARGE).equals(bytes)).toBe(true)
    },
  )

  test('any bytes come back, from memory that is used again', () => {
    const output = new OutputBuffer()
    const some = fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.array(fc.constantFrom(1, 2, 3), { maxLength: 3000 }))
    fc.assert(
      fc.property(some, (values) => {
        const bytes = Buffer.from(values)
        const compressed = Buffer.from(compress(codec, bytes, undefined, output))
        expect(decompress(codec, compressed, LARGE, output).equals(bytes)).toBe(true)
      }),
    )
  })

  test('order events become less than a third', () => {
    expect(compress(codec, orderEvents(100_000)).length).toBeLessThan(33_333)
  })

  test('what does not compress grows by less than a thousandth and 64 bytes', () => {
    for (const length of [0, 1, 100, 65536, 1_000_000]) expect(compress(codec, noise(length)).length).toBeLessThan(length * 1.001 + 64)
  })

  test('exactly the maximum is given, a byte more is refused', () => {
    for (const bytes of [orderEvents(1), orderEvents(100_000), noise(70_000), pattern(200_000, 1)]) {
      const compressed = compress(codec, bytes)
      expect(decompress(codec, compressed, bytes.length).equals(bytes)).toBe(true)
      if (bytes.length > 1) expect(() => decompress(codec, compressed, bytes.length - 1)).toThrow(DecompressedTooLarge)
    }
  })

  test('a bomb takes no more memory than the maximum', () => {
    const bomb = compress(codec, Buffer.alloc(32 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    expect(() => decompress(codec, bomb, 1024 * 1024)).toThrow(DecompressedTooLarge)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  })

  test('no bytes at all are not a stream', () => {
    expect(() => decompress(codec, Buffer.alloc(0), LARGE)).toThrow(TruncatedInput)
  })

  test('streams one after the other are one', () => {
    const [first, second] = [orderEvents(70_000), noise(300)]
    const both = Buffer.concat([compress(codec, first), compress(codec, Buffer.alloc(0)), compress(codec, second)])
    expect(decompress(codec, both, LARGE).equals(Buffer.concat([first, second]))).toBe(true)
  })

  test('damaged bytes give an error that says so, or bytes up to the maximum: never anything else', () => {
    const originals = [orderEvents(3000), patchwork(3000), pattern(70_000, 3)].map((bytes) => compress(codec, bytes))
    if (codec === LZ4 || codec === SNAPPY) originals.push(fixture('lz4-dependent-blocks.bin'), fixture('snappy-raw.bin'))
    const output = new OutputBuffer()
    const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255))), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.constantFrom(...originals), damage, fc.nat(), (original, changes, cut) => {
        const bytes = Buffer.from(original.subarray(0, cut % 4 === 0 ? cut % original.length : original.length))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        try {
          expect(decompress(codec, bytes, 200_000, output).length).toBeLessThanOrEqual(200_000)
        } catch (error) {
          if (!(error instanceof TruncatedInput) && !(error instanceof MalformedInput)) throw error
        }
      }),
      { numRuns: 1500 },
    )
  })
})

test('a stream that ends early is refused as such, wherever it ends', () => {
  for (const codec of [GZIP, LZ4, ZSTD]) {
    const compressed = compress(codec, orderEvents(2000))
    for (let length = 0; length < compressed.length; length++)
      expect(() => decompress(codec, compressed.subarray(0, length), LARGE), `${CODEC_NAMES[codec]} ${length}`).toThrow(TruncatedInput)
  }
})

describe('hostile sizes allocate nothing', () => {
  const refused = (codec: number, hex: string): void => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => decompress(codec, Buffer.from(hex, 'hex'), 2 ** 31)).toThrow(/./)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  }

  test('snappy blocks that claim two gigabytes, raw and framed', () => {
    refused(SNAPPY, 'ffffffff0700610000000000')
    refused(SNAPPY, '82534e41505059000000000100000001' + '0000000c' + 'ffffffff0700610000000000')
    refused(SNAPPY, '82534e41505059000000000100000001' + '7fffffff' + '0100')
  })

  test('an LZ4 block, a content size and a skippable frame of two gigabytes', () => {
    refused(LZ4, '04224d18604082' + 'ffffff7f' + '1061')
    refused(LZ4, '04224d18607073' + '06000000' + '106102000000')
    refused(LZ4, '04224d1868400000008000000000' + '03' + '00000000')
    refused(LZ4, '502a4d18' + 'ffffff7f')
  })

  test('a zstd frame with a window or a content size of gigabytes', () => {
    refused(ZSTD, '28b52ffd00a8010000')
    refused(ZSTD, '28b52ffde0ffffffffffff0000010000')
  })
})

describe('lz4', () => {
  const checked = fixture('lz4-dependent-blocks.bin')

  test('a frame is written as Kafka writes it: 64 KiB blocks, independent, without checksums, stored where that is smaller', () => {
    const compressed = compress(LZ4, Buffer.concat([noise(65536), orderEvents(10)]))
    expect(compressed.toString('hex', 0, 7)).toBe('04224d18604082')
    expect(compressed.readUInt32LE(7)).toBe(0x80000000 + 65536)
    expect(compressed.readUInt32LE(11 + 65536)).toBe(0x80000000 + 10)
    expect(compressed.toString('hex', compressed.length - 4)).toBe('00000000')
  })

  test('each level gives bytes that are read, the higher ones no more of them', () => {
    const bytes = patchwork(100_000)
    const sizes = Array.from({ length: 17 }, (_, index) => {
      const compressed = compress(LZ4, bytes, index + 1)
      expect(decompress(LZ4, compressed, LARGE).equals(bytes)).toBe(true)
      return compressed.length
    })
    expect(sizes[8]).toBe(compress(LZ4, bytes).length)
    const slow = sizes.filter((_, index) => index !== 8)
    expect(slow).toEqual(slow.toSorted((a, b) => b - a))
    expect(Math.min(...slow)).toBeLessThan(sizes[8] as number)
  })

  test('no single bit of a frame with checksums can change unseen', () => {
    const output = new OutputBuffer()
    fc.assert(
      fc.property(fc.nat(checked.length * 8 - 1), (bit) => {
        const bytes = Buffer.from(checked)
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        expect(() => decompress(LZ4, bytes, LARGE, output)).toThrow(/LZ4/)
      }),
      { numRuns: 500 },
    )
  })

  test('skippable frames are skipped', () => {
    const skippable = Buffer.from('5a2a4d1803000000aabbcc', 'hex')
    expect(decompress(LZ4, Buffer.concat([skippable, checked, skippable]), LARGE)).toEqual(orderEvents(100_000))
  })

  test('a match before the start of its frame or block is refused', () => {
    const literalThenFarMatch = '06000000' + '1061' + '0200' + '0000' + '00000000'
    expect(() => decompress(LZ4, Buffer.from('04224d18604082' + literalThenFarMatch, 'hex'), LARGE)).toThrow(
      /2 bytes back, where there are 1/,
    )
    const storedBlock = '03000080' + '616263'
    expect(() => decompress(LZ4, Buffer.from('04224d18604082' + storedBlock + literalThenFarMatch, 'hex'), LARGE)).toThrow(
      /where there are 1/,
    )
  })

  test('a block of more than the 64 KiB of its frame is refused, before and after it is unfolded', () => {
    const stored = Buffer.concat([Buffer.from('04224d18604082' + '01000180', 'hex'), Buffer.alloc(65537 + 4)])
    expect(() => decompress(LZ4, stored, LARGE)).toThrow(/where 65536 are the most/)
    // One literal and a match of 19 + 257 * 255 bytes from one byte back.
    const block = Buffer.concat([Buffer.from('1f610100', 'hex'), Buffer.alloc(257, 255), Buffer.from('00', 'hex')])
    const size = Buffer.alloc(4)
    size.writeUInt32LE(block.length)
    const unfolding = Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, block, Buffer.alloc(4)])
    expect(() => decompress(LZ4, unfolding, LARGE)).toThrow(/larger than its frame allows/)
  })
})

describe('snappy', () => {
  test("is framed as Kafka's Java client frames it: a header and blocks of 32 KiB", () => {
    const compressed = compress(SNAPPY, noise(32768 + 1))
    expect(compressed.toString('hex', 0, 16)).toBe('82534e41505059000000000100000001')
    const second = 20 + compressed.readInt32BE(16)
    expect(compressed.readInt32BE(second)).toBe(compressed.length - second - 4)
    expect(compressed[second + 4]).toBe(1)
  })

  test('a copy before the start of its block is refused', () => {
    expect(() => decompress(SNAPPY, Buffer.from('0500610102', 'hex'), LARGE)).toThrow(/before its block/)
    const [literal, copy] = ['00000005' + '0308616263', '00000005' + '0500610102']
    expect(() => decompress(SNAPPY, Buffer.from('82534e41505059000000000100000001' + literal + copy, 'hex'), LARGE)).toThrow(
      /before its block/,
    )
  })

  test('a block that unfolds to more or less than it claims is refused', () => {
    expect(() => decompress(SNAPPY, Buffer.from('020061', 'hex'), LARGE)).toThrow(MalformedInput)
    expect(() => decompress(SNAPPY, Buffer.from('01046162', 'hex'), LARGE)).toThrow(MalformedInput)
  })
})

test('zstd: skippable frames are skipped, a wrong checksum is refused', () => {
  const bytes = orderEvents(5000)
  const checked = zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })
  const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex')
  expect(decompress(ZSTD, Buffer.concat([skippable, checked, skippable]), LARGE)).toEqual(bytes)
  checked.writeUInt8((checked.at(-1) as number) ^ 1, checked.length - 1)
  expect(() => decompress(ZSTD, checked, LARGE)).toThrow(MalformedInput)
})

test('a codec that does not exist is refused', () => {
  for (const codec of [-1, 5, 7]) expect(() => decompress(codec, Buffer.from('a'), LARGE)).toThrow(MalformedInput)
})
