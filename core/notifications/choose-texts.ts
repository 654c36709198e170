import { defaultTexts, sections } from './default-texts.ts'
import type { NotificationEvent } from './events.ts'
import type { MembershipTags } from './tags.ts'
import type { NotificationTexts, Texts } from './texts.ts'

/** Where no other language is known to suit the reader. */
const usualLanguage = 'en'

/** Who reads what. */
export interface Reading {
  /** What is said instead of our own texts: by the VO, then by the instance. */
  readonly own: readonly Partial<NotificationTexts>[]
  /** What suits the reader, the best first. */
  readonly languages: readonly string[]
  readonly tags: Partial<Pick<MembershipTags, 'groups' | 'guests' | 'terms'>>
}

/** Chooses the templates for a reader: of the first language there is, else of the usual one, those of the VO before those of the instance and our own. */
export function chooseTexts(
  event: NotificationEvent,
  { own, languages, tags }: Reading,
): { readonly subject: string; readonly text: string } {
  const wanted = [...languages.map(mainOf), usualLanguage]
  const choose = (offered: Texts): string => {
    const language = wanted.find((one) => Object.hasOwn(offered, one))
    return (language === undefined ? Object.values(offered)[0] : offered[language]) ?? ''
  }
  const of = (part: keyof NotificationTexts): string =>
    choose(own.find((texts) => texts[part] !== undefined)?.[part] ?? defaultTexts[event][part])
  const text = of('text')
  const unnamed = sectionsOf(tags).filter((section) => !names(text, section))
  return { subject: of('subject'), text: [text, ...unnamed.map((section) => choose(sections[section]))].join('') }
}

/** Of `cs-CZ` the language alone. */
function mainOf(language: string): string {
  return language.toLowerCase().split(/[-_]/)[0] ?? ''
}

type Section = keyof typeof sections

/** What there is to be told besides the membership of the VO. */
function sectionsOf({ terms = null, groups = [], guests = [] }: Reading['tags']): Section[] {
  const has: Readonly<Record<Section, boolean>> = {
    ...{ terms: terms !== null, groups: groups.length > 0, guests: guests.length > 0 },
  }
  return (['terms', 'groups', 'guests'] as const).filter((section) => has[section])
}

/** Whether a template speaks of something, not merely its text. */
function names(template: string, section: Section): boolean {
  return new RegExp(String.raw`\{[{%][^{}]*\b${section}\b`).test(template)
}
