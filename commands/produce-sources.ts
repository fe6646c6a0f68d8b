// What `leat produce` reads: files and stdin, copied to stdout on the way where it is told to (--tee).
import type { ByteSource } from '../src/system/byte-streams.ts'
import { openSource, standardInput } from '../src/system/standard-input.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { teeTo } from '../src/system/tee-source.ts'

/** Opens a file, or stdin where it is `-`. @param note says something on stderr */
export function openerOf(isTeed: boolean, note: (text: string) => void): (file: string) => ByteSource {
  const open = (file: string): ByteSource => (file === '-' ? standardInput() : openSource(file))
  if (!isTeed) return open
  const tee = teeTo(standardOutput(), () => note('nobody reads the output any more (--tee); the rest is stored without it'))
  return (file) => tee(open(file))
}
