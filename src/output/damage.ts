// What is said of records that cannot be read.
import { counted } from '../errors/counted.ts'
import type { Damage } from '../log/segment-walker.ts'

/** One line: where, which offsets, and why. */
export function damageText({ file, position, sizeInBytes, fromOffset, toOffset, reason }: Damage): string {
  const offsets = toOffset - fromOffset === 1n ? `offset ${fromOffset}` : `offsets ${fromOffset} to ${toOffset - 1n}`
  const which = toOffset > fromOffset ? ` (${offsets})` : ''
  return `CORRUPT_MESSAGE: ${counted(sizeInBytes, 'byte')} of ${file} at ${position}${which} cannot be read: ${reason}`
}
