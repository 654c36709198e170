import { didYouMean } from '../model/nearest.ts'
import type { Tag, Tags } from './tag-reference.ts'

/** A name in a template: its parts, and the line of the template it stands on, from 1 on. */
export interface TemplateName {
  readonly path: readonly (number | string)[]
  readonly line: number
}

/** What Liquid has beside what a list or a text consists of. */
const ofLists = ['first', 'last', 'size']

/** Says of each name in a template that stands for nothing what is wrong with it. */
export function unknownTags(names: readonly TemplateName[], tags: Tags): string[] {
  return names.flatMap(({ path, line }) => {
    const fault = unknownPart(path, tags)
    return fault === undefined ? [] : [`line ${line} of the text: ${fault}`]
  })
}

function unknownPart(path: TemplateName['path'], tags: Tags): string | undefined {
  let within: Pick<Tag, 'isOpen' | 'of'> = { of: tags }
  const before: string[] = []
  for (const part of path) {
    if (typeof part === 'number' || (before.length > 0 && ofLists.includes(part))) continue
    if (within.isOpen === true) return undefined
    const known: Tags = within.of ?? {}
    const next = Object.hasOwn(known, part) ? known[part] : undefined
    if (next === undefined) return notThere([...before, part].join('.'), before, known)
    before.push(part)
    within = next
  }
  return undefined
}

function notThere(name: string, before: readonly string[], known: Tags): string {
  const full = Object.keys(known).map((one) => [...before, one].join('.'))
  const hint = didYouMean(name, full)
  const there = hint === '' && full.length > 0 ? `; there is ${full.map((one) => `"${one}"`).join(', ')}` : hint
  return `there is no tag "${name}"${there}`
}
