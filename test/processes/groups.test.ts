// Members of a group, each a process of its own as users start them: started, stopped, killed, suspended.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { SeededRandom } from '../simulation/random.ts'
import { batchOf } from '../support/batches.ts'
import { Follower, eventually } from '../support/follower.ts'
import { leat } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Rounds of the test that kills; the long run takes a hundred. */
const KILLS = Number(process.env['LEAT_TEST_KILLS'] ?? 6)
/** Of the moments at which processes are killed; LEAT_TEST_SEED repeats them. */
const SEED = Number(process.env['LEAT_TEST_SEED'] ?? Date.now() % 1_000_000)
console.log(`LEAT_TEST_SEED=${SEED}`)

interface Place {
  readonly dir: readonly string[]
  /** Appends records, one partition after the other; returns their values. */
  produce(count?: number): Promise<string[]>
  member(...args: string[]): Follower
  /** The partitions of each member, as the group has them. */
  assignment(): Promise<number[][]>
}

async function place(partitions: number): Promise<Place> {
  const root = `${temporaryDirectory()}/data`
  const dir = ['-d', root]
  await leat(['topic', 'create', 'events', '--partitions', String(partitions), ...dir])
  let made = 0
  return {
    dir,
    async produce(count = partitions) {
      const values = Array.from({ length: count }, () => `v${made++}`)
      const cluster = openDirectory(realSystem(), root)
      await cluster.beginWriting()
      const appender = cluster.openAppender('events')
      values.forEach((value, index) => appender.append(index % appender.partitionCount, batchOf([value])))
      await cluster.close()
      return values
    },
    member: (...args) => new Follower(['events', '-g', 'g', ...args, ...dir]),
    async assignment() {
      const cluster = openDirectory(realSystem(), root)
      try {
        if (!(await cluster.groups.list()).some(({ groupId }) => groupId === 'g')) return []
        const { members } = await cluster.groups.describe('g')
        return members.map(({ assigned }) => assigned.map(({ partition }) => partition))
      } finally {
        await cluster.close()
      }
    },
  }
}

/** Waits until so many members have a share each, and all partitions have an owner. */
async function settled({ assignment }: Place, members: number, partitions: number): Promise<number[][]> {
  let shares: number[][] = []
  await eventually(`${members} members with ${partitions} partitions`, async () => {
    shares = await assignment()
    return shares.length === members && shares.every((share) => share.length > 0) && shares.flat().length === partitions
  })
  return shares
}

test('members share the partitions, and coming and going loses no record and repeats none', async () => {
  const at = await place(6)
  const wanted = await at.produce()
  const first = at.member('-f')
  await settled(at, 1, 6)
  const others = [at.member('-f'), at.member('-f')]
  const shares = await settled(at, 3, 6)
  expect(shares.map((share) => share.length)).toEqual([2, 2, 2])
  expect(shares.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])

  wanted.push(...(await at.produce(60)))
  const all = [first, ...others]
  await eventually('all of it', () => all.flatMap(({ values }) => values).length >= wanted.length)
  for (const { records } of others) expect(new Set(records.map(({ partition }) => partition)).size).toBe(2)

  expect(await first.end('SIGINT')).toBe(130)
  await settled(at, 2, 6)
  wanted.push(...(await at.produce(60)))
  await eventually('all of it', () => all.flatMap(({ values }) => values).length >= wanted.length)
  for (const member of others) expect(await member.end('SIGTERM')).toBe(143)
  expect(all.flatMap(({ values }) => values).toSorted()).toEqual(wanted.toSorted())
  expect(all.map(({ stderr }) => stderr)).toEqual(['', '', ''])
  expect((await leat(['consume', 'events', '-g', 'g', ...at.dir])).stdout.toString()).toBe('')
})

test('what a killed member had goes to the others', async () => {
  const at = await place(4)
  const [victim, heir] = [at.member('-f'), at.member('-f')]
  await settled(at, 2, 4)
  const wanted = await at.produce(40)
  await eventually('all of it', () => victim.records.length + heir.records.length >= 40)
  await victim.end('SIGKILL')
  expect(await settled(at, 1, 4)).toEqual([[0, 1, 2, 3]])
  wanted.push(...(await at.produce(40)))
  await eventually('all of it', () => new Set([...victim.values, ...heir.values]).size >= 80)
  expect(heir.partitions).toEqual([0, 1, 2, 3])
  expect(new Set([...victim.values, ...heir.values])).toEqual(new Set(wanted))
  expect(await heir.end('SIGINT')).toBe(130)
})

test('a member that is suspended for longer than its session loses its partitions; when it wakes it says so and joins again', async () => {
  const at = await place(2)
  const [sleeper, other] = [at.member('-f', '--session-timeout', '1s'), at.member('-f')]
  await settled(at, 2, 2)
  sleeper.process.kill('SIGSTOP')
  const wanted = await at.produce()
  await eventually('the other has both', () => other.records.length === 2)
  sleeper.process.kill('SIGCONT')
  await eventually('it says so', () => sleeper.stderr !== '')
  expect(sleeper.stderr).toMatch(/^leat: group 'g' has gone on without this member, which was silent for too long.*; it joins again\n$/)
  await settled(at, 2, 2)
  wanted.push(...(await at.produce()))
  await eventually('all of it', () => new Set([...sleeper.values, ...other.values]).size === 4)
  expect(new Set([...sleeper.values, ...other.values])).toEqual(new Set(wanted))
  expect([await sleeper.end('SIGINT'), await other.end('SIGINT')]).toEqual([130, 130])
})

test('new partitions are shared out, too', async () => {
  const at = await place(1)
  const member = at.member('-f')
  await settled(at, 1, 1)
  await leat(['topic', 'alter', 'events', '--partitions', '3', ...at.dir])
  await settled(at, 1, 3)
  const wanted = await at.produce(3)
  await eventually('all of it', () => wanted.every((value) => member.values.includes(value)))
  expect(await member.end('SIGINT')).toBe(130)
})

test('a static member that was killed gets its partitions back, and the others keep theirs meanwhile', async () => {
  const at = await place(4)
  const [fixed, other] = [at.member('-f', '--instance-id', 'a'), at.member('-f')]
  await settled(at, 2, 4)
  await at.produce()
  await eventually('both read', () => fixed.partitions.length === 2 && other.partitions.length === 2)
  await fixed.end('SIGKILL')
  const back = at.member('-f', '--instance-id', 'a')
  const wanted = await at.produce()
  await eventually('all of it', () => wanted.every((value) => [...back.values, ...other.values].includes(value)))
  expect(back.partitions).toEqual(fixed.partitions)
  expect(other.partitions.filter((partition) => fixed.partitions.includes(partition))).toEqual([])
  const twin = await leat(['consume', 'events', '-g', 'g', '--instance-id', 'a', ...at.dir])
  expect(twin.stderr).toContain("instance id 'a' of group 'g' is in use")
  expect(twin.exitCode).toBe(1)
  expect([await back.end('SIGINT'), await other.end('SIGINT')]).toEqual([130, 130])
})

test('without -f every member ends when its share is read, and together they have read all of it once', async () => {
  const at = await place(4)
  const wanted = await at.produce(400)
  const results = await Promise.all([0, 1, 2, 3, 4, 5].map(() => leat(['consume', 'events', '-g', 'g', ...at.dir])))
  expect(results.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(results.map(() => '0 '))
  const printed = results.flatMap(({ stdout }) => stdout.toString().split('\n').slice(0, -1))
  expect(printed.toSorted()).toEqual(wanted.toSorted())
})

test('at least once: members killed at any moment lose no record, and nothing comes twice that no killed one had printed', async () => {
  const at = await place(3)
  const random = new SeededRandom(SEED)
  const alive: Follower[] = [at.member('-f'), at.member('-f')]
  const ended: Follower[] = []
  const wanted: string[] = []
  for (let round = 0; round < KILLS; round++) {
    wanted.push(...(await at.produce(300)))
    await setTimeout(random.below(400))
    const victim = alive.splice(random.below(alive.length), 1)[0] as Follower
    await victim.end('SIGKILL')
    ended.push(victim)
    alive.push(at.member('-f'))
  }
  const everybody = (): Follower[] => [...ended, ...alive]
  await eventually('all of it', () => new Set(everybody().flatMap(({ values }) => values)).size === wanted.length)
  await settled(at, 2, 3)
  for (const member of alive) expect(await member.end('SIGINT')).toBe(130)
  const byKilled = new Set(ended.flatMap(({ values }) => values))
  const byOthers = alive.flatMap(({ values }) => values)
  expect(new Set([...byKilled, ...byOthers])).toEqual(new Set(wanted))
  expect(byOthers.filter((value, index) => byOthers.indexOf(value) !== index && !byKilled.has(value))).toEqual([])
  expect((await leat(['consume', 'events', '-g', 'g', ...at.dir])).stdout.toString()).toBe('')
})

test('at most once: with --commit before, members killed at any moment print nothing twice', async () => {
  const at = await place(2)
  const random = new SeededRandom(SEED)
  const printed: string[] = []
  for (let round = 0; round < KILLS; round++) {
    await at.produce(200)
    const member = at.member('-f', '--commit', 'before')
    await setTimeout(100 + random.below(500))
    await member.end('SIGKILL')
    printed.push(...member.values)
  }
  const { stdout } = await leat(['consume', 'events', '-g', 'g', '--commit', 'before', ...at.dir])
  printed.push(...stdout.toString().split('\n').slice(0, -1))
  expect(printed.length).toBeGreaterThan(0)
  expect(new Set(printed).size).toBe(printed.length)
})
