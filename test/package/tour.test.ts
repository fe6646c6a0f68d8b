// README's first command: the main jobs on real data, with the bundle.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const node = process.env['LEAT_TEST_NODE'] ?? process.execPath

test.runIf(process.env['LEAT_TEST_COMMAND'] !== undefined)('the tour shows every main job, and each of its steps does what it says', () => {
  const { status, stdout, stderr } = spawnSync('bash', ['scripts/tour.sh'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH']}` },
  })
  expect(status, stderr).toBe(0)
  const shown = [...stdout.matchAll(/^\$ .*?\bleat (\w+)(?: (verify|repair|create|describe|members|triage|replay))?/gm)].map(
    ([, ...words]) => words.filter((word) => word !== undefined).join(' '),
  )
  for (const command of [
    'produce',
    'consume',
    'lag',
    'group members',
    'pipe',
    'compact',
    'table',
    'retention',
    'log verify',
    'log repair',
    'dlq triage',
    'dlq replay',
  ])
    expect(shown).toContain(command)
  // Of the group: all that was left and all that came, each once, although a member was killed.
  expect(stdout).toContain('$ cat one two | wc -l\n18000\n')
  expect(stderr).toContain('23,000 read, 108 stored')
  expect(stdout).toMatch(/handled, \d+ failed attempts, [1-9]\d* dead-lettered/)
  expect(stdout.split('\n').length).toBeLessThan(150)
})
