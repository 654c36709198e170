import type { FormItem, FormSpec } from '../../schemas/generated/config.ts'
import { valueFault } from '../attributes/check-value.ts'
import { isLogin } from '../config/built-in-attributes.ts'
import type { Surroundings } from '../config/catalog.ts'
import type { Values } from '../expressions/compile.ts'
import { isDay } from '../lifecycle/calendar.ts'
import { isTimeZone } from '../lifecycle/zones.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { didYouMean } from '../model/nearest.ts'
import { showPath } from '../model/path.ts'
import { showValue } from '../model/show-value.ts'
import { isAddress } from '../notifications/is-address.ts'
import { answerSchema, type AnswersContext } from './answers-schema.ts'
import { isBlockedLogin } from './blocked-logins.ts'
import type { FormConditions } from './expressions.ts'
import { inLanguage } from './in-language.ts'
import { asksFor, type ItemType } from './items.ts'

/** What is wrong with the answer to an item, or with one that no item asks for. */
export interface AnswerFault {
  readonly item: string
  /** In the words of the form where it has some, in the language of who answers. */
  readonly message: string
  /** What is wrong exactly, where the form has words of its own. */
  readonly detail?: string
}

/** What somebody answers, and what the form is read with. */
export interface Answering extends AnswersContext {
  readonly form: Pick<FormSpec, 'items'>
  readonly conditions: FormConditions
  readonly answers: JsonObject
  /** The person who applies: attributes of `user` and the lists that every person has, by full name. */
  readonly person: Values
  /** Of who answers. */
  readonly language?: string | undefined
  readonly compileSchema: Surroundings['compileSchema']
}

/** Names the items that are shown to a person who answers so; where a condition cannot be computed the item is shown. */
export function shownItems({
  form,
  conditions,
  answers,
  person,
}: Pick<Answering, 'answers' | 'conditions' | 'form' | 'person'>): FormItem[] {
  const values: Record<string, JsonValue | undefined> = { ...person }
  return form.items.filter((item) => {
    const outcome = conditions.shownWhen.get(item.name)?.evaluate(values)
    const isShown =
      outcome === undefined || outcome.kind === 'failed' || (outcome.kind === 'value' && outcome.value === true)
    if (isShown && Object.hasOwn(answers, item.name)) values[`answers.${item.name}`] = answers[item.name]
    return isShown
  })
}

/** Lists everything that is wrong with answers, in the form's order; none where they may be filed. */
export function answerFaults(answering: Answering): AnswerFault[] {
  const { form, answers } = answering
  const shown = shownItems(answering).filter(({ type }) => asksFor(type))
  const names = new Set(shown.map(({ name }) => name))
  const stray = Object.keys(answers).filter((name) => !names.has(name))
  return [
    ...shown.flatMap((item) => faultOf(item, answering)),
    ...stray.map((name) => ({ item: name, message: strayFault(name, form.items, [...names]) })),
  ]
}

function strayFault(name: string, items: readonly FormItem[], shown: readonly string[]): string {
  const item = items.find((one) => one.name === name)
  if (item === undefined) return `there is no item ${showValue(name)}${didYouMean(name, shown)}`
  return asksFor(item.type)
    ? 'is not shown with these answers; leave it out'
    : `is a ${item.type}, which takes no answer; leave it out`
}

function faultOf(item: FormItem, answering: Answering): AnswerFault[] {
  const { answers, language } = answering
  const { name, required, type, error } = item
  const answer = Object.hasOwn(answers, name) ? answers[name] : undefined
  if (answer === undefined) return required === true ? [{ item: name, message: missing(type) }] : []
  if (isEmpty(answer)) return [{ item: name, message: required === true ? missing(type) : nothingEntered }]
  const fault = answerFault(item, answer, answering)
  if (fault === undefined) return []
  const words = inLanguage(error, language)
  return [words === undefined ? { item: name, message: fault } : { item: name, message: words, detail: fault }]
}

const nothingEntered = 'is empty; leave it out where there is no answer'

/** Nothing was entered there. */
function isEmpty(answer: JsonValue): boolean {
  if (answer === null || answer === '') return true
  return typeof answer === 'object' && Object.keys(answer).length === 0
}

function missing(type: ItemType): string {
  if (type === 'terms') return 'the terms have to be accepted'
  return type === 'checkbox' ? 'has to be ticked' : 'an answer is required'
}

/** Says what is wrong with an answer that was given: with itself, or as the value of the attribute that it becomes. */
function answerFault(item: FormItem, answer: JsonValue, answering: Answering): string | undefined {
  const { compileSchema, filled } = answering
  const own = firstOf(compileSchema(answerSchema(item, answering)), answer) ?? formFault(item, answer)
  if (own !== undefined || item.fills === undefined) return own
  const spec = filled.get(item.fills)
  return spec === undefined ? undefined : valueFault({ name: item.fills, spec }, answer, compileSchema)
}

function firstOf(check: ReturnType<Surroundings['compileSchema']>, answer: JsonValue): string | undefined {
  if (typeof check !== 'function') return `cannot be checked: ${check.message}`
  const [first] = check(answer)
  if (first === undefined) return undefined
  return first.path.length === 0 ? first.message : `${showPath(first.path)}: ${first.message}`
}

/** What a JSON Schema cannot say, or not in time linear in the answer. */
function formFault({ type, earliest, latest }: FormItem, answer: JsonValue): string | undefined {
  if (typeof answer !== 'string') return undefined
  switch (type) {
    case 'date':
      return dayFault(answer, { earliest, latest })
    case 'verified-email':
      return isAddress(answer) ? undefined : expected('an e-mail address such as "ada@example.org"', answer)
    case 'login':
      return loginFault(answer)
    case 'time-zone':
      return isTimeZone(answer)
        ? undefined
        : expected('a time zone of the IANA database such as "Europe/Prague"', answer)
    default:
      return undefined
  }
}

function loginFault(answer: string): string | undefined {
  if (!isLogin(answer))
    return expected('a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada"', answer)
  return isBlockedLogin(answer)
    ? `expected a login that systems do not keep for themselves, got ${showValue(answer)}`
    : undefined
}

interface Span {
  readonly earliest: string | undefined
  readonly latest: string | undefined
}

function dayFault(answer: string, { earliest, latest }: Span): string | undefined {
  if (!isDay(answer)) return expected('a day of the calendar such as "2027-02-01"', answer)
  if (earliest !== undefined && answer < earliest) return expected(`a day from ${earliest} on`, answer)
  if (latest !== undefined && answer > latest) return expected(`a day up to ${latest}`, answer)
  return undefined
}

function expected(what: string, answer: string): string {
  return `expected ${what}, got ${showValue(answer)}`
}
