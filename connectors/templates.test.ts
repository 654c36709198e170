import { describe, expect, it } from '@jest/globals'
import { names } from '../test/connectors/corpus.ts'
import { renderTemplate, templateFault } from './templates.ts'

const render = (
  text: string,
  scope = {},
  limits?: { renderMs: number; memory: number; size: number },
): Promise<string> => renderTemplate({ name: 'test', text }, scope, limits)
const failure = { code: 'TEMPLATE_FAILED', message: expect.stringContaining('Cannot render template "test": ') }

describe('a template', () => {
  it('renders values, lists, numbers and nothing', async () => {
    const scope = { text: 'a', list: ['b', 1, true], none: null, map: { 'user.login': 'ada' } }

    expect(
      await render('{{ text }}|{{ list }}|{{ list.size }}|{{ none }}|{{ missing }}|{{ map["user.login"] }}', scope),
    ).toBe('a|b1true|3|||ada')
  })

  it.each([
    '{% include "/etc/passwd" %}',
    '{% include "../package.json" %}',
    '{% render "package.json" %}',
    '{% layout "package.json" %}',
    '{% if true %}',
    '{{ x | unknown_filter }}',
    '{% unknown_tag %}',
    '{{ "now" | date: "%s" }}',
    '{{ "today" | date_to_xmlschema }}',
    '{{ list | sample }}',
  ])('cannot say %s', async (text) => {
    await expect(render(text, { list: [1, 2, 3] })).rejects.toMatchObject(failure)
  })

  it.each([
    '{{ x.constructor }}',
    '{{ x.__proto__ }}',
    '{{ x.constructor.constructor }}',
    '{{ list.push }}',
    '{{ text.constructor.name }}',
    '{{ toString }}',
  ])('sees nothing of prototypes in %s', async (text) => {
    expect(await render(text, { x: {}, list: [], text: 'a' })).toBe('')
  })

  it('formats dates in UTC', async () => {
    expect(await render('{{ "2027-01-31T00:30:00Z" | date: "%Y-%m-%d %H:%M" }}')).toBe('2027-01-31 00:30')
  })

  it.each([
    ['time', '{% for a in (1..100000) %}{% for b in (1..100000) %}{% endfor %}{% endfor %}'],
    ['memory', '{% for a in (1..1000000000) %}{% endfor %}'],
    ['memory in filters', '{% assign s = "x" %}{% for a in (1..40) %}{% assign s = s | append: s %}{% endfor %}'],
    ['size', '{% for a in (1..10000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}'],
  ])('stops at its limit of %s', async (_, text) => {
    await expect(render(text, {}, { renderMs: 300, memory: 1_000_000, size: 100_000 })).rejects.toMatchObject(failure)
  })

  it('is refused where its text is too long', async () => {
    await expect(render('x'.repeat(1_000_001))).rejects.toMatchObject(failure)
  })

  it.each([
    ['plain', '"plain"'],
    ['say "hi"', '"say ""hi"""'],
    ['=1+1', '"\'=1+1"'],
    ['+1', '"\'+1"'],
    ['-1', '"\'-1"'],
    ['@SUM(A1)', '"\'@SUM(A1)"'],
    ['\tx', '"\'\tx"'],
  ])('writes %j as an inert CSV cell', async (value, cell) => {
    expect(await render('{{ value | csv }}', { value })).toBe(cell)
  })

  it.each(names)('takes a value for text, never for a template ($why)', async ({ text }) => {
    expect(await render('{{ text }}', { text })).toBe(text)
  })

  it('can be checked before there is anything to render', () => {
    expect(templateFault('{{ x }}')).toBeUndefined()
    expect(templateFault('a\n{% if %}')).toEqual({ message: 'invalid value expression: ""', offset: 7 })
    expect(templateFault('a\n{% if a %}')).toEqual({ message: 'tag {% if a %} not closed', offset: 2 })
    expect(templateFault('{% include "/etc/passwd" %}')).toEqual({ message: 'tag "include" not found', offset: 0 })
  })
})
