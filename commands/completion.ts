import * as Args from '@oclif/core/args'
import { LeatCommand } from './leat-command.ts'
import { SHELLS, completionScript } from '../src/output/completion-script.ts'

export default class Completion extends LeatCommand {
  static override summary = 'print a script that completes commands, flags, topics and groups in a shell'
  static override description = [
    'bash: eval "$(leat completion bash)" in ~/.bashrc',
    'zsh:  eval "$(leat completion zsh)" in ~/.zshrc',
    'fish: leat completion fish > ~/.config/fish/completions/leat.fish',
  ].join('\n')
  static override args = { shell: Args.string({ ignoreStdin: true, description: 'the shell', options: [...SHELLS], required: true }) }

  async run(): Promise<void> {
    const { args } = await this.parse(Completion)
    // oclif lets no other through.
    await this.print(completionScript(args.shell as (typeof SHELLS)[number]))
  }
}
