// oclif's command without what it does by itself: no debug log, no message about an error, words in their order.
import { Command } from '@oclif/core/command'
import type { Input, ParserOutput } from '@oclif/core/interfaces'

// What oclif's own signature has.
// oxlint-disable-next-line typescript/no-explicit-any
type Values = Record<string, any>

type Parsed<F extends Values, B extends Values, A extends Values> = Omit<ParserOutput<F, B, A>, 'argv'> & { argv: string[] }

export abstract class QuietCommand extends Command {
  /** oclif's own starts its debug log here, in 5 ms. */
  protected override async init(): Promise<void> {}

  /** Words in the order in which they were typed: oclif moves one that is there twice, or is a flag's value too. */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<Parsed<F, B, A>> {
    const parsed = await super.parse(options, argv)
    return { ...parsed, argv: parsed.raw.filter(({ type }) => type === 'arg').map(({ input }) => input) }
  }

  protected override async catch(error: Error): Promise<void> {
    throw error
  }
}
