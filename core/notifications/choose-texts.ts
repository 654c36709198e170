import { defaultTexts, sections, type NotificationTexts, type Texts } from './default-texts.ts'
import type { NotificationEvent, NotificationTags } from './tags.ts'

/** Where no other language is known to suit the reader. */
const usualLanguage = 'en'

/** Who reads what. */
export interface Reading {
  /** What the VO says itself. */
  readonly own: Partial<NotificationTexts> | undefined
  readonly language: string | undefined
  readonly tags: Pick<NotificationTags, 'groups' | 'guests' | 'terms'>
}

/** Chooses the templates for a reader: of their language, else of the usual one, those of the VO before our own. */
export function chooseTexts(
  event: NotificationEvent,
  { own, language, tags }: Reading,
): { readonly subject: string; readonly text: string } {
  const [main = usualLanguage] = (language ?? usualLanguage).toLowerCase().split(/[-_]/)
  const choose = (offered: Texts): string => offered[main] ?? offered[usualLanguage] ?? Object.values(offered)[0] ?? ''
  const of = (part: keyof NotificationTexts): string => choose(own?.[part] ?? defaultTexts[event][part])
  const text = of('text')
  const unnamed = sectionsOf(tags).filter((section) => !names(text, section))
  return { subject: of('subject'), text: [text, ...unnamed.map((section) => choose(sections[section]))].join('') }
}

type Section = keyof typeof sections

/** What there is to be told besides the membership of the VO. */
function sectionsOf({ terms, groups, guests }: Reading['tags']): Section[] {
  const has: Readonly<Record<Section, boolean>> = {
    ...{ terms: terms !== null, groups: groups.length > 0, guests: guests.length > 0 },
  }
  return (['terms', 'groups', 'guests'] as const).filter((section) => has[section])
}

/** Whether a template speaks of something, not merely its text. */
function names(template: string, section: Section): boolean {
  return new RegExp(String.raw`\{[{%][^{}]*\b${section}\b`).test(template)
}
