import { LeatError } from '../../../errors/leat-error.ts'

/** Makes new values of old ones. */
export interface ValueEdit {
  /** @returns null for a record that is not wanted any more @throws NotEditable */
  edit(value: Buffer): Promise<Buffer | null>
  close(): Promise<void>
}

/** What the edit cannot be made of; the record is left out, and others go on. */
export class NotEditable extends LeatError {
  constructor(reason: string) {
    super('INVALID_RECORD', reason)
  }
}
