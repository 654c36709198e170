import type { Finding } from '../../model/finding.ts'
import { tagsOf } from '../../notifications/tag-reference.ts'
import { unknownTags } from '../../notifications/unknown-tags.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'

/** A VO, and the instance for all others, has one Notification for an event at most, and its templates can be read and name only what there is. */
export function notifications(catalog: Catalog): Finding[] {
  const seen = new Map<string, Entry<'Notification'>>()
  return catalog.of('Notification').flatMap((entry) => {
    const { metadata, spec } = entry.document
    const key = `${metadata.vo ?? ''} ${spec.event}`
    const first = seen.get(key)
    seen.set(key, first ?? entry)
    return [...(first === undefined ? [] : [another(entry, first)]), ...badTemplates(catalog, entry)]
  })
}

function another(entry: Entry<'Notification'>, { at }: Entry<'Notification'>): Finding {
  const { metadata, spec } = entry.document
  const whose = metadata.vo === undefined ? 'the instance' : 'a VO'
  const message = `${at.file}:${at.line} says what is sent for ${spec.event} already; ${whose} has one Notification for an event`
  return errorAt(entry, { code: 'duplicate', message, path: ['spec', 'event'] })
}

function badTemplates({ surroundings }: Catalog, entry: Entry<'Notification'>): Finding[] {
  const { spec } = entry.document
  const tags = tagsOf(spec.event)
  return (['subject', 'text'] as const).flatMap((part) =>
    Object.entries(spec[part] ?? {}).flatMap(([language, text]) => {
      const fault = surroundings.templateFault(text)
      const messages =
        fault === undefined
          ? unknownTags(surroundings.templateNames(text), tags)
          : [`expected a Liquid template that can be rendered: ${fault}`]
      return messages.map((message) =>
        errorAt(entry, { code: 'value-invalid', message, path: ['spec', part, language] }),
      )
    }),
  )
}
