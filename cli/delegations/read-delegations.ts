import { isDay, type Day } from '../../core/lifecycle/calendar.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { DelegationRequest } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { expectedWords, isWords } from '../lines/words.ts'

/** What holds of lines that do not say it. */
interface Otherwise {
  /** Null for all VOs. */
  readonly vo: string | null | undefined
  readonly reason: string | undefined
  readonly from: Day | null
  readonly until: Day | null
}

const form = 'expected an object such as {"delegator": "idp/ada", "delegate": "idp/grace", "vo": "astro"}'
const keys = ['delegator', 'delegate', 'vo', 'from', 'until', 'reason']

/** Reads who stands in for whom from standard input, an object a line; nothing is done where one of them cannot be read. */
export async function readDelegations(
  input: AsyncIterable<Uint8Array>,
  otherwise: Otherwise,
): Promise<DelegationRequest[]> {
  return readObjects(input, { form, keys, read: (line) => readOne(line, otherwise) })
}

function readOne({ delegator, delegate, ...said }: LineObject, otherwise: Otherwise): DelegationRequest | string {
  if (!isRef(delegator)) return notRef('delegator', delegator)
  if (!isRef(delegate)) return notRef('delegate', delegate)
  const { vo, reason, from, until } = { ...otherwise, ...said }
  if (vo !== null && (typeof vo !== 'string' || vo === ''))
    return `vo: expected the name of a VO, or null for all, here or by \`--vo\` or \`--all\`, got ${showValue(vo ?? null)}`
  if (!isWords(reason))
    return expectedWords('reason', 'expected words such as "holidays", here or by `--reason` for all', reason)
  const days = readDays({ from, until })
  return typeof days === 'string' ? days : { delegator, delegate, ...(vo === null ? {} : { vo }), reason, ...days }
}

function readDays({ from, until }: LineObject): Pick<DelegationRequest, 'from' | 'until'> | string {
  if (!isDayOrNull(from)) return notDay('from', from)
  return isDayOrNull(until) ? { from, until } : notDay('until', until)
}

function isDayOrNull(value: unknown): value is Day | null {
  return value === null || (typeof value === 'string' && isDay(value))
}

const notRef = (key: string, value: unknown): string =>
  `${key}: expected an identity such as "idp/ada", got ${showValue(value ?? null)}`
const notDay = (key: string, value: unknown): string =>
  `${key}: expected a day such as "2027-01-31", or null, got ${showValue(value ?? null)}`

/** Reads which delegations to end from standard input, an object a line. */
export async function readEndings(
  input: AsyncIterable<Uint8Array>,
  usual: string,
): Promise<{ readonly delegation: number; readonly reason: string }[]> {
  const ending = 'expected an object such as {"delegation": 3} or {"delegation": 3, "reason": "back again"}'
  return readObjects(input, {
    form: ending,
    keys: ['delegation', 'reason'],
    read: ({ delegation, reason = usual }) => {
      if (typeof delegation !== 'number' || !Number.isSafeInteger(delegation) || delegation < 1)
        return `delegation: expected the number of a delegation, got ${showValue(delegation ?? null)}`
      if (typeof reason !== 'string') return expectedWords('reason', 'expected words such as "back again"', reason)
      return { delegation, reason }
    },
  })
}
