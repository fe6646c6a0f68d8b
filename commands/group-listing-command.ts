// Listings of groups that are named: those that there are are shown, also where others are not.
import { ListingCommand } from './listing-command.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'

export abstract class GroupListingCommand extends ListingCommand {
  /** Groups that there are not are told of, with exit code 3. @throws LeatError GROUP_ID_NOT_FOUND where there is none of them */
  protected async eachGroup<T>(groupIds: readonly string[], look: (groupId: string) => Promise<T>): Promise<T[]> {
    const found: T[] = []
    const missing: LeatError[] = []
    for (const groupId of groupIds)
      try {
        found.push(await look(groupId))
      } catch (error) {
        if (!(error instanceof LeatError && error.code === 'GROUP_ID_NOT_FOUND')) throw error
        missing.push(error)
      }
    if (found.length === 0 && missing[0] !== undefined) throw missing[0]
    for (const { message } of missing) this.note(`leat: ${message}`)
    if (missing.length > 0) this.endWith(exitCodes.partial)
    return found
  }
}
