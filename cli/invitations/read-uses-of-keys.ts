import type { AcceptInput } from '../../api/acts/invitations/answer.ts'
import { showValue } from '../../core/model/show-value.ts'
import { isObject } from '../applications/read-answers.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { readReasoned, type Reasoned } from '../lines/read-reasoned.ts'

const acceptForm = 'expected an object such as {"key": "4f…", "identity": "idp/ada", "answers": {"name": "Ada"}}'
const acceptKeys = ['key', 'identity', 'answers', 'voAnswers', 'language'] as const

/** Reads from standard input who accepts invitations, a key a line. */
export async function readAcceptings(input: AsyncIterable<Uint8Array>): Promise<AcceptInput[]> {
  return readObjects(input, { form: acceptForm, keys: acceptKeys, read: readAccepting })
}

function readAccepting(line: LineObject): AcceptInput | string {
  const { key, identity, language } = line
  if (!isKey(key)) return expectedKey(key)
  if (!isRef(identity)) return `identity: expected an identity such as "idp/ada", got ${showValue(identity ?? null)}`
  if (language !== undefined && typeof language !== 'string')
    return `language: expected one such as "en", got ${showValue(language)}`
  const given = readGiven(line)
  if (typeof given === 'string') return given
  return { key: key.trim(), identity, ...given, ...(language !== undefined && { language }) }
}

function readGiven({ answers = {}, voAnswers = {} }: LineObject): Pick<AcceptInput, 'answers' | 'voAnswers'> | string {
  if (!isObject(answers)) return `answers: expected an object, got ${showValue(answers)}`
  if (!isObject(voAnswers)) return `voAnswers: expected an object, got ${showValue(voAnswers)}`
  return { answers, voAnswers }
}

/** The key of an invitation that somebody declines. */
export interface Declining extends Reasoned {
  readonly key: string
}

/** Reads from standard input which invitations are declined, a key a line. */
export async function readDeclinings(input: AsyncIterable<Uint8Array>): Promise<Declining[]> {
  return readReasoned(input, {
    ...{ form: 'expected an object such as {"key": "4f…", "reason": "no time"}', keys: ['key'] },
    read: ({ key }) => (isKey(key) ? { key: key.trim() } : expectedKey(key)),
  })
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function expectedKey(value: unknown): string {
  return `key: expected a key that a mail brought, got ${showValue(value ?? null)}`
}
