import { showValue } from '../../core/model/show-value.ts'
import type { IdentityAct, IdentityOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import type { LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'
import { readMoment } from '../read-moment.ts'
import { requireIdentity } from './require-identity.ts'

type Given = Omit<IdentityOn, 'identity'>

/** Checks identities as they stand on the command line; the options are about each of them. */
export function identitiesOf(identities: readonly string[], given: Given): IdentityOn[] {
  for (const one of given.user === undefined ? identities : [...identities, given.user]) requireIdentity(one)
  return identities.map((identity) => ({ identity, ...given }))
}

/** Reads identities from standard input, an object a line; what a line does not say, the options do. */
export async function readIdentities(
  input: AsyncIterable<Uint8Array>,
  act: IdentityAct,
  given: Given,
): Promise<IdentityOn[]> {
  const lines = await readReasoned(input, { ...lineOf[act], read: readIdentity })
  return lines.map((line) => ({
    ...line,
    user: line.user ?? given.user,
    loa: line.loa ?? given.loa,
    at: line.at ?? given.at,
    attributes: line.attributes ?? given.attributes,
  }))
}

const sighting = ['loa', 'at', 'attributes']
const lineOf: Readonly<Record<IdentityAct, { readonly keys: readonly string[]; readonly form: string }>> = {
  add: {
    keys: ['identity', 'user', ...sighting],
    form: 'expected an object such as {"identity": "orcid/0000-0002-1825-0097", "user": "idp/ada"}',
  },
  remove: { keys: ['identity'], form: 'expected an object such as {"identity": "idp/ada.old"}' },
  seen: {
    keys: ['identity', ...sighting],
    form: 'expected an object such as {"identity": "idp/ada", "loa": 2, "at": "2026-11-01T08:30:00Z"}',
  },
}

function readIdentity({ identity, ...others }: LineObject): IdentityOn | string {
  if (!isRef(identity)) return `identity: expected one such as "idp/ada", got ${showValue(identity ?? null)}`
  const { user, loa, at, attributes } = others
  if (isGiven(user, isRef) && isGiven(loa, isLevel) && isGiven(at, isTime) && isGiven(attributes, areTexts))
    return { identity, user, loa, attributes, at: toDate(at) }
  const [wrong = 'user'] = Object.keys(expected).filter(
    (key) => others[key] !== undefined && !expected[key]?.is(others[key]),
  )
  return `${wrong}: expected ${expected[wrong]?.form ?? ''}, got ${showValue(others[wrong])}`
}

const expected: Readonly<Record<string, { readonly is: (value: unknown) => boolean; readonly form: string }>> = {
  user: { is: isRef, form: 'an identity such as "idp/ada"' },
  loa: { is: isLevel, form: 'a number from 0 to 3' },
  at: { is: isTime, form: 'a time such as "2026-11-01T08:30:00Z"' },
  attributes: { is: areTexts, form: 'texts by name' },
}

function toDate(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text)
}

function isGiven<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value)
}

function isLevel(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 3
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && readMoment(value) !== undefined
}

function areTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === 'string')
  )
}
