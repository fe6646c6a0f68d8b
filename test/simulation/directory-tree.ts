// The names on a simulated disk. A change (an entry made, removed or renamed) is seen at once by all processes, and is on the disk when a
// directory it touches is synced; until then a power loss may forget it, whatever it remembers of others. A rename is one
// change: never half of it. A new file's entry is not synced by syncing the file.
import type { FileStat } from '../../src/system/files.ts'
import type { CrashMode, FileNode } from './file-node.ts'
import type { SeededRandom } from './random.ts'

export class DirectoryNode {
  readonly kind = 'directory'
  readonly id: number
  modifiedMs: number
  entries = new Map<string, Node>()
  durableEntries = new Map<string, Node>()

  constructor(id: number, modifiedMs: number) {
    this.id = id
    this.modifiedMs = modifiedMs
  }
}

export type Node = FileNode | DirectoryNode

export function statOf(node: Node): FileStat {
  const { kind, modifiedMs } = node
  const [size, sizeOnDisk] = node.kind === 'file' ? [node.size, node.sizeOnDisk] : [4096, 4096]
  return { kind, size, sizeOnDisk, modifiedMs, identity: `simulated:${node.id}` }
}

/** One name in one directory now leads to `node`, or to nothing. */
interface Step {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: Node | null
}

type Change = readonly Step[]

export class DirectoryTree {
  readonly root: DirectoryNode
  /** Not on the disk yet, oldest first. */
  #unsynced: Change[] = []

  constructor(root = new DirectoryNode(1, 0)) {
    this.root = root
  }

  change(...steps: Step[]): void {
    for (const { directory, name, node } of steps) {
      if (node === null) directory.entries.delete(name)
      else directory.entries.set(name, node)
    }
    this.#unsynced.push(steps)
  }

  /** The changes that touch the directory now are on the disk when the returned function is called. */
  beginSync(directory: DirectoryNode): () => void {
    const touching = this.#unsynced.filter((change) => change.some((step) => step.directory === directory))
    return () => {
      const settled = new Set(withPredecessors(this.#unsynced, new Set(touching)))
      for (const change of settled) for (const step of change) apply(step.directory.durableEntries, step)
      this.#unsynced = this.#unsynced.filter((change) => !settled.has(change))
    }
  }

  /** The tree as it may be found after a power loss now; everything in it is on the disk. */
  afterPowerLoss(mode: CrashMode, random: SeededRandom): DirectoryTree {
    const entries = this.#survivingEntries(mode, random)
    const survivors = new Map<Node, Node>()
    const survivorOf = (node: Node): Node => {
      const known = survivors.get(node)
      if (known !== undefined) return known
      const survivor = node.kind === 'file' ? node.afterPowerLoss(mode, random) : new DirectoryNode(node.id, node.modifiedMs)
      survivors.set(node, survivor)
      if (node.kind === 'directory' && survivor.kind === 'directory') {
        for (const [name, child] of entries.get(node) ?? node.durableEntries) survivor.entries.set(name, survivorOf(child))
        survivor.durableEntries = new Map(survivor.entries)
      }
      return survivor
    }
    return new DirectoryTree(survivorOf(this.root) as DirectoryNode)
  }

  /** Of directories whose entries on the disk are not what was synced. */
  #survivingEntries(mode: CrashMode, random: SeededRandom): Map<DirectoryNode, Map<string, Node>> {
    const keepChance = mode === 'drop' ? 0 : mode === 'random' ? random.pick(0, 0.5, 0.9, 1) : 1
    const kept = new Set(this.#unsynced.filter(() => random.chance(keepChance)))
    const entries = new Map<DirectoryNode, Map<string, Node>>()
    for (const change of withPredecessors(this.#unsynced, kept)) {
      for (const { directory, ...step } of change) {
        if (!entries.has(directory)) entries.set(directory, new Map(directory.durableEntries))
        apply(entries.get(directory)!, step)
      }
    }
    return entries
  }
}

function apply(entries: Map<string, Node>, { name, node }: Omit<Step, 'directory'>): void {
  if (node === null) entries.delete(name)
  else entries.set(name, node)
}

/** The chosen changes and, oldest first, those they build on: earlier ones of the same name in the same directory. */
function withPredecessors(changes: readonly Change[], chosen: ReadonlySet<Change>): Change[] {
  const needed: Change[] = []
  const touched = new Set<string>()
  for (const change of changes.toReversed()) {
    const keys = change.map((step) => `${step.directory.id}/${step.name}`)
    if (!chosen.has(change) && !keys.some((key) => touched.has(key))) continue
    needed.push(change)
    for (const key of keys) touched.add(key)
  }
  return needed.toReversed()
}
