import { expect, it } from '@jest/globals'
import { printable, printableLines } from '../../cli/text/printable.ts'
import { renderTable } from '../../cli/text/table.ts'

it.each([
  ['plain – ž', 'plain – ž'],
  ['a\u001b[31mred', 'a\\u001b[31mred'],
  ['two\nlines\u0000', 'two\\nlines\\u0000'],
  ['\u0085\u2028', '\\u0085\\u2028'],
])('what a terminal would obey in %j is written out', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

it('lines and columns stay where a text has them, and nothing of a cell ends its line', () => {
  expect(printableLines('a\tb\n\u0007')).toBe('a\tb\n\\u0007')
  expect(renderTable(['A', 'B'], [['x\ny', 'z']])).toBe('A     B\nx\\ny  z')
})
