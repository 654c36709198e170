import type { FormItem, FormSpec } from '../../schemas/generated/config.ts'
import { isLogin } from '../config/built-in-attributes.ts'
import type { CheckValue, Surroundings } from '../config/catalog.ts'
import type { Values } from '../expressions/compile.ts'
import { isDay } from '../lifecycle/calendar.ts'
import { isTimeZone } from '../lifecycle/zones.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { didYouMean } from '../model/nearest.ts'
import { showPath } from '../model/path.ts'
import { showValue } from '../model/show-value.ts'
import { isAddress } from '../notifications/is-address.ts'
import { answerSchema, type AnswersContext } from './answers-schema.ts'
import type { FormConditions } from './expressions.ts'
import { asksFor, type ItemType } from './items.ts'

/** What is wrong with the answer to an item, or with one that no item asks for. */
export interface AnswerFault {
  readonly item: string
  readonly message: string
}

/** What somebody answers, and what the form is read with. */
export interface Answering extends AnswersContext {
  readonly form: Pick<FormSpec, 'items'>
  readonly conditions: FormConditions
  readonly answers: JsonObject
  /** The person who applies: attributes of `user` and the lists that every person has, by full name. */
  readonly person: Values
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

function faultOf(item: FormItem, { answers, compileSchema, termsVersion }: Answering): AnswerFault[] {
  const answer = Object.hasOwn(answers, item.name) ? answers[item.name] : undefined
  if (answer === undefined || isEmpty(answer)) {
    const isMissing = item.required === true
    return isMissing ? [{ item: item.name, message: missing(item.type) }] : []
  }
  const message = firstOf(compileSchema(answerSchema(item, { termsVersion })), answer) ?? formFault(item, answer)
  return message === undefined ? [] : [{ item: item.name, message }]
}

/** Nothing was entered there. */
function isEmpty(answer: JsonValue): boolean {
  if (answer === null || answer === '') return true
  return typeof answer === 'object' && Object.keys(answer).length === 0
}

function missing(type: ItemType): string {
  if (type === 'terms') return 'the terms have to be accepted'
  return type === 'checkbox' ? 'has to be ticked' : 'an answer is required'
}

function firstOf(check: ReturnType<Surroundings['compileSchema']>, answer: JsonValue): string | undefined {
  if (typeof check !== 'function') return `cannot be checked: ${check.message}`
  const [first] = faultsBy(check, answer)
  return first
}

function faultsBy(check: CheckValue, answer: JsonValue): string[] {
  return check(answer).map(({ path, message }) => (path.length === 0 ? message : `${showPath(path)}: ${message}`))
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
      return isLogin(answer)
        ? undefined
        : expected('a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada"', answer)
    case 'time-zone':
      return isTimeZone(answer)
        ? undefined
        : expected('a time zone of the IANA database such as "Europe/Prague"', answer)
    default:
      return undefined
  }
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
