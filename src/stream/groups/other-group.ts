// A share group (KIP-932) or a streams group (KIP-1071), as far as a list of groups tells of it. Nothing here changes one.

export class OtherGroup {
  readonly type: 'Share' | 'Streams'
  readonly groupId: string
  readonly #memberIds = new Set<string>()

  constructor(groupId: string, type: 'Share' | 'Streams') {
    this.groupId = groupId
    this.type = type
  }

  get memberIds(): ReadonlySet<string> {
    return this.#memberIds
  }

  /** `Unknown`: a streams group's state with members hangs on more than is looked at here. */
  get state(): 'Empty' | 'Stable' | 'Unknown' {
    if (this.#memberIds.size === 0) return 'Empty'
    return this.type === 'Share' ? 'Stable' : 'Unknown'
  }

  replayMember(memberId: string, isThere: boolean): void {
    if (isThere) this.#memberIds.add(memberId)
    else this.#memberIds.delete(memberId)
  }
}
