import type { FormItem } from '../../schemas/generated/config.ts'
import type { NameType } from '../expressions/names.ts'

/** What an item of a form asks for. */
export type ItemType = FormItem['type']

/** A key of an item that only some types have. */
type OwnKey = Exclude<keyof FormItem, 'help' | 'label' | 'name' | 'shownWhen' | 'type'>

interface TypeFacts {
  /** What expressions see of an answer; undefined where nothing is asked. */
  readonly answers: NameType | undefined
  /** Types of attributes that an answer may become. */
  readonly fills: readonly string[]
  /** The keys that items of the type may have beside those of all. */
  readonly keys: readonly OwnKey[]
}

const asked = ['error', 'fills', 'overwrite', 'prefill', 'required'] as const
const line = { answers: 'string', fills: ['string'] } as const

const facts: Readonly<Record<ItemType, TypeFacts>> = {
  text: { ...line, keys: [...asked, 'pattern', 'maxLength'] },
  area: { ...line, fills: [], keys: ['error', 'required', 'pattern', 'maxLength'] },
  number: { answers: 'number', fills: ['integer'], keys: [...asked, 'minimum', 'maximum', 'whole'] },
  date: { ...line, keys: [...asked, 'earliest', 'latest'] },
  choice: { ...line, keys: [...asked, 'options'] },
  'multi-choice': { answers: 'texts', fills: ['array'], keys: [...asked, 'options', 'maxItems'] },
  checkbox: { answers: 'boolean', fills: ['boolean'], keys: asked },
  'verified-email': { ...line, keys: asked },
  login: { ...line, keys: [...asked, 'pattern'] },
  list: { answers: 'texts', fills: ['array'], keys: [...asked, 'pattern', 'maxLength', 'maxItems'] },
  map: { answers: 'map', fills: ['map'], keys: [...asked, 'pattern', 'maxLength', 'maxItems'] },
  'time-zone': { ...line, keys: asked },
  heading: { answers: undefined, fills: [], keys: [] },
  comment: { answers: undefined, fills: [], keys: [] },
  terms: { answers: 'string', fills: [], keys: ['error', 'required'] },
  group: { answers: 'texts', fills: [], keys: ['error', 'required', 'groups', 'maxItems'] },
}

/** All types of items. */
export const itemTypes: readonly ItemType[] = Object.keys(facts).filter(isItemType)

function isItemType(text: string): text is ItemType {
  return Object.hasOwn(facts, text)
}

/** Tells whether something is asked by an item of this type. */
export function asksFor(type: ItemType): boolean {
  return facts[type].answers !== undefined
}

/** Tells what expressions see of an answer to an item of this type; undefined where nothing is asked. */
export function answerType(type: ItemType): NameType | undefined {
  return facts[type].answers
}

/** Lists the types of attributes that an answer to an item of this type may become. */
export function fillableTypes(type: ItemType): readonly string[] {
  return facts[type].fills
}

/** Lists the keys of an item that items of its type do not have. */
export function strayKeys(item: FormItem): string[] {
  const allowed: readonly string[] = ['name', 'type', 'label', 'help', 'shownWhen', ...facts[item.type].keys]
  return Object.keys(item).filter((key) => !allowed.includes(key))
}

/** Lists the types whose items may have a key. */
export function typesWith(key: string): string[] {
  return Object.entries(facts).flatMap(([type, { keys }]) => (keys.some((own) => own === key) ? [type] : []))
}
