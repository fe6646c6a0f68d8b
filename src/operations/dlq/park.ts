// `leat dlq park TOPIC`: takes records out to `TOPIC.parked`, with a reason that a person gives.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { MAX_REASON_BYTES, Parking } from './parked.ts'
import { takeOut, type TakeOutOptions } from './take-out.ts'
import type { TakenOut } from './taken-out.ts'

export interface ParkOptions extends Omit<TakeOutOptions, 'edit'> {
  readonly reason: string
  readonly onTopicCreated: (topic: string, partitions: number) => void
}

/** @throws LeatError */
export async function park(options: ParkOptions): Promise<TakenOut> {
  const { reason, isDryRun } = options
  const bytes = Buffer.byteLength(reason)
  if (reason.trim() === '' || bytes > MAX_REASON_BYTES)
    throw new LeatError('USAGE', `a reason is a text of up to ${MAX_REASON_BYTES} bytes; this one has ${bytes}`, {
      hint: "For example --reason 'customer was deleted, see ticket 4711'.",
      exitCode: exitCodes.usage,
    })
  const parking = new Parking({ ...options, clock: options.system.clock })
  let isOpen = isDryRun
  return takeOut({ ...options, edit: null }, (letter) => {
    if (!isOpen) parking.open()
    isOpen = true
    return { kind: 'to', record: parking.recordOf(letter, reason), isParked: true }
  })
}
