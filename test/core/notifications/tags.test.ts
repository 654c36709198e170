import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { renderTemplate, templateNames } from '../../../connectors/templates.ts'
import { defaultTexts, sections } from '../../../core/notifications/default-texts.ts'
import { notificationEvents as events } from '../../../core/notifications/events.ts'
import { tagsOf } from '../../../core/notifications/tag-reference.ts'
import { unknownTags } from '../../../core/notifications/unknown-tags.ts'

describe('the tags of an event', () => {
  it.each(events)('%s: are all that the built-in texts name, in English and one more language', (event) => {
    const { subject, text } = defaultTexts[event]
    const texts = [...Object.values(subject), ...Object.values(text)]

    expect(Object.keys(subject)).toEqual(expect.arrayContaining(['en', 'cs']))
    expect(Object.keys(text)).toEqual(Object.keys(subject))
    expect(texts.flatMap((one) => unknownTags(templateNames(one), tagsOf(event)))).toEqual([])
  })

  it('are all that the built-in sections name', () => {
    const texts = Object.values(sections).flatMap((section) => Object.values(section))

    expect(texts.flatMap((one) => unknownTags(templateNames(one), tagsOf('member.expiring')))).toEqual([])
  })

  it.each([
    ['{{ vo.titel }}', 'line 1 of the text: there is no tag "vo.titel"; did you mean "vo.title"?'],
    ['\n\n{{ applicaton.id }}', 'line 3 of the text: there is no tag "applicaton"; did you mean "application"?'],
    [
      '{% if membership.until %}x{% endif %}',
      'line 1 of the text: there is no tag "membership.until"; did you mean "membership.status"?',
    ],
    ['{{ user.displayName.x }}', 'line 1 of the text: there is no tag "user.displayName.x"'],
    ['{{ vo.title | append: nobody.name }}', 'line 1 of the text: there is no tag "nobody"'],
  ])('%j names what there is not', (text, message) => {
    expect(unknownTags(templateNames(text), tagsOf('application.approved'))).toEqual([expect.stringContaining(message)])
  })

  it.each([
    '{{ answers.anything }} {{ answers["any-thing"].deeper }}',
    '{% assign x = vo.title %}{{ x | upcase }} {{ vo.title.size }}',
    '{% for answer in answers %}{{ forloop.index }} {{ answer[0] }}{% endfor %}',
  ])('%j names only what there is', (text) => {
    expect(unknownTags(templateNames(text), tagsOf('application.approved'))).toEqual([])
  })

  it.each([
    [
      '{% for one in waiting %}{{ one.titel }}{% endfor %}',
      ['line 1 of the text: there is no tag "waiting.titel"; did you mean "waiting.title"?'],
    ],
    ['{% for one in waiting %}{{ one.title }} {{ waiting[0].id }} {{ waiting.first.days }}{% endfor %}', []],
  ])('%j is looked at through its loop', (text, faults) => {
    expect(unknownTags(templateNames(text), tagsOf('application.digest'))).toEqual(faults)
  })

  it('stand in the schema event by event', () => {
    const schema = readFileSync(new URL('../../../schemas/config/notification.schema.json', import.meta.url), 'utf8')
    const listed: unknown = JSON.parse(/"enum": (\[[^\]]*\])/.exec(schema)?.[1] ?? '[]')

    expect(listed).toEqual(expect.arrayContaining([...events]))
    expect(listed).toHaveLength(events.length)
  })
})

describe('the filter shell', () => {
  it.each([
    ['idp/ada', 'idp/ada'],
    ["idp/o'hara", String.raw`'idp/o'\''hara'`],
    ['idp/$(touch x)', "'idp/$(touch x)'"],
    ['', "''"],
  ])('makes one word of %j', async (value, word) => {
    expect(await renderTemplate({ name: 'x', text: '{{ value | shell }}' }, { value })).toBe(word)
  })
})
