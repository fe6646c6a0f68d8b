// What all coordinators share: a command and the present state go in, records and a response come out, and only replaying records
// changes the state. So crash recovery, replication and a directory used by many processes are the same code.

/** A record of a coordinator's topic (`__consumer_offsets`, `__transaction_state`); a null value deletes what the key names. */
export interface CoordinatorRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** What a command decides. The response holds once the records are in the log; without records it holds at once. */
export interface CoordinatorResult<T> {
  readonly records: readonly CoordinatorRecord[]
  readonly response: T
}

/** What a coordinator's partition gives when its records are replayed in order. */
export interface CoordinatorState {
  /**
   * @param producerId of the transaction that the record is part of; -1n when it is part of none
   * @param timestampMs when it was written; -1n where that is not known
   */
  replay(record: CoordinatorRecord, offset: bigint, producerId: bigint, timestampMs: bigint): void
  /** The transaction of this producer ended here: what it wrote counts from now on, or never. */
  replayEndTransactionMarker(producerId: bigint, isCommitted: boolean): void
}
