// What `leat produce` reads: files and stdin, copied to stdout on the way where it is told to (--tee).
import type { ProduceProgress } from './produce-progress.ts'
import type { Backpressure } from '../src/operations/produce/backpressure.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'
import { checkSource, openSource, standardInput } from '../src/system/standard-input.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { teeTo } from '../src/system/tee-source.ts'

export interface SourcesContext {
  readonly isTeed: boolean
  readonly progress: ProduceProgress
  readonly backpressure: Backpressure | null
  /** Says something on stderr. */
  readonly note: (text: string) => void
}

/** @throws LeatError for a file that cannot be read, before anything is stored */
export function checkSources(files: readonly string[]): void {
  for (const file of files) if (file !== '-') checkSource(file)
}

/** To be opened one after the other. @param files `-` is stdin, as is none at all */
export function sourcesOf(files: readonly string[], { isTeed, progress, backpressure, note }: SourcesContext): (() => ByteSource)[] {
  const open = openerOf(isTeed, note)
  return (files.length === 0 ? ['-'] : files).map((file) => () => {
    const source = progress.watch(open(file))
    return backpressure?.source(source) ?? source
  })
}

function openerOf(isTeed: boolean, note: (text: string) => void): (file: string) => ByteSource {
  const open = (file: string): ByteSource => (file === '-' ? standardInput() : openSource(file))
  if (!isTeed) return open
  const tee = teeTo(standardOutput(), () => note('nobody reads the output any more (--tee); the rest is stored without it'))
  return (file) => tee(open(file))
}
