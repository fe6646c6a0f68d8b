// A command that is not there: a slip of the finger, or a file that somebody has moved. It is not the records' fault, and none counts as failed.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { type ChildEnd, type ChildProcesses, isMissingCommand } from '../../system/child-processes.ts'

interface ShellCommand {
  readonly processes: ChildProcesses
  readonly command: string
}

/** @throws LeatError (usage) where it is clear that there is no such command */
export async function checkCommand({ processes, command }: ShellCommand): Promise<void> {
  if (!(await processes.isThere(command))) throw missingCommand(command)
}

/** Whether a command ended like one that is not there because it is not there any more. What it runs itself may be missing as well. */
export async function isGone({ processes, command }: ShellCommand, end: ChildEnd): Promise<boolean> {
  return isMissingCommand(end) && !(await processes.isThere(command))
}

export function missingCommand(command: string): LeatError {
  return new LeatError('COMMAND_NOT_FOUND', `the command '${command}' was not found, or cannot be executed`, {
    hint: 'No record was given up for that; mend the command and run it again.',
    exitCode: exitCodes.usage,
  })
}
