import { expect, it } from '@jest/globals'
import { printable, printableLines } from '../../cli/text/printable.ts'
import { renderTable } from '../../cli/text/table.ts'

it.each([
  ['plain – ž', 'plain – ž'],
  ['a\u001b[31mred', 'a\\u001b[31mred'],
  ['two\nlines\u0000', 'two\\nlines\\u0000'],
  ['\u0085\u2028', '\\u0085\\u2028'],
  ['\u202egpj', '\\u202egpj'],
  ['\u{e0061}\ud800', '\\udb40\\udc61\\ud800'],
  ['نمی\u200cخواهم', 'نمی\u200cخواهم'],
])('what a terminal would obey in %j is written out', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

it('lines and columns stay where a text has them, and nothing of a cell ends its line', () => {
  expect(printableLines('a\tb\n\u0007')).toBe('a\tb\n\\u0007')
  expect(renderTable(['A', 'B'], [['x\ny', 'z']])).toBe('A     B\nx\\ny  z')
})

it('JSON says the same when nothing in it is obeyed', () => {
  const said = { text: 'a\u001b[2J\u009b2J\u2028\u202e\u{e0061}', '\u0085': ['\ud800', 'two\nlines'] }

  const shown = printableLines(JSON.stringify(said))

  expect(JSON.parse(shown)).toEqual(said)
  expect(shown).toBe('{"text":"a\\u001b[2J\\u009b2J\\u2028\\u202e\\udb40\\udc61","\\u0085":["\\ud800","two\\nlines"]}')
})
