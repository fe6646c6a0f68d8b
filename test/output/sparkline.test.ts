import { expect, test } from 'vitest'
import { redrawText } from '../../src/output/redraw.ts'
import { sparkline } from '../../src/output/sparkline.ts'

test.each([
  [[], ''],
  [[0, 0, 0], '▁▁▁'],
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[0, 1, 1_000_000], '▁▂█'],
  [[5, 5], '██'],
])('%j is %s', (values, line) => {
  expect(sparkline(values)).toBe(line)
})

test('a drawing takes the place of the one before it, and never more than the terminal has lines', () => {
  const text = Array.from({ length: 10 }, (_, index) => `${index}\n`).join('')
  expect(redrawText('a\nb\n', 24, true)).toBe('\u001B[2J\u001B[Ha\u001B[K\nb\u001B[K\n\u001B[J')
  const visible = (drawn: string): string[] =>
    drawn.split('\n').map((line) => ['\u001B[H', '\u001B[J', '\u001B[K'].reduce((rest, code) => rest.replaceAll(code, ''), line))
  expect(visible(redrawText(text, 5, false))).toEqual(['0', '1', '2', '… and 7 more', ''])
  expect(visible(redrawText(text, 11, false)).length).toBe(11)
  expect(visible(redrawText(text, 0, false)).length).toBe(11)
})
