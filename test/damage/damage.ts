// Damages a file as disks, kills and people do: bits that flip, ends that are cut off, zeros and garbage in place of bytes, files that are gone.
import fs from 'node:fs'
import type { SeededRandom } from '../simulation/random.ts'

export const DAMAGES = ['flip a bit', 'truncate', 'zero', 'garbage', 'append', 'remove'] as const
export type DamageName = (typeof DAMAGES)[number]

/** Damages the file; returns what was done, for messages. */
export function damageFile(path: string, name: DamageName, random: SeededRandom): string {
  const bytes = fs.readFileSync(path)
  const at = random.below(Math.max(1, bytes.length))
  const length = 1 + random.below(random.pick(4, 64, 4096, Math.max(1, bytes.length)))
  const end = Math.min(bytes.length, at + length)
  switch (name) {
    case 'flip a bit':
      if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
      fs.writeFileSync(path, bytes)
      return `flip a bit at ${at}`
    case 'truncate':
      fs.truncateSync(path, at)
      return `truncate to ${at}`
    case 'zero':
      fs.writeFileSync(path, bytes.fill(0, at, end))
      return `zero ${at} to ${end}`
    case 'garbage':
      random.fill(bytes.subarray(at, end))
      fs.writeFileSync(path, bytes)
      return `garbage from ${at} to ${end}`
    case 'append': {
      const more = Buffer.alloc(length)
      if (random.chance(0.5)) random.fill(more)
      fs.appendFileSync(path, more)
      return `append ${length}`
    }
    case 'remove':
      fs.rmSync(path)
      return 'remove'
  }
}
