import type { SubmitInput } from '../../api/acts/applications/submit.ts'
import { showValue } from '../../core/model/show-value.ts'
import { isIdentity } from '../../schemas/validate.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { isObject } from './read-answers.ts'

/** An application on a line, entered by the system's own user. */
export type Filing = SubmitInput & Required<Pick<SubmitInput, 'identity'>>

const form = 'expected an object such as {"vo": "astro", "identity": "idp/ada", "answers": {"name": "Ada"}}'
const keys = ['vo', 'group', 'kind', 'identity', 'answers', 'offered', 'language'] as const

/** Reads applications from standard input, an object a line. */
export async function readFilings(input: AsyncIterable<Uint8Array>): Promise<Filing[]> {
  return readObjects(input, { form, keys, read: readFiling })
}

function readFiling(line: LineObject): Filing | string {
  const { vo, identity, answers = {} } = line
  if (typeof vo !== 'string') return `vo: expected the name of a VO, got ${showValue(vo ?? null)}`
  if (typeof identity !== 'string' || !isIdentity(identity))
    return `identity: expected an identity such as "idp/ada", got ${showValue(identity ?? null)}`
  if (!isObject(answers)) return `answers: expected an object, got ${showValue(answers)}`
  const words = readWords(line)
  return typeof words === 'string' ? words : { vo, identity, answers, ...words }
}

type Words = Pick<SubmitInput, 'group' | 'kind' | 'offered' | 'language'>

function readWords({ kind = 'initial', offered = false, ...words }: LineObject): Words | string {
  if (kind !== 'initial' && kind !== 'extension')
    return `kind: expected "initial" or "extension", got ${showValue(kind)}`
  if (typeof offered !== 'boolean') return `offered: expected true or false, got ${showValue(offered)}`
  const named = readNames(words)
  return typeof named === 'string' ? named : { kind, ...(offered && { offered }), ...named }
}

function readNames({ group, language }: LineObject): Pick<Words, 'group' | 'language'> | string {
  if (group !== undefined && typeof group !== 'string')
    return `group: expected the name of a group, got ${showValue(group)}`
  if (language !== undefined && typeof language !== 'string')
    return `language: expected one such as "en", got ${showValue(language)}`
  return { ...(group !== undefined && { group }), ...(language !== undefined && { language }) }
}
