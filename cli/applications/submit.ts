import type { ApplicationKind } from '../../core/applications/application.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { showValue } from '../../core/model/show-value.ts'
import { compileCheck, isIdentity } from '../../schemas/validate.ts'
import type { FileAnswer, NotFiled } from '../../store/index.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from '../system/state.ts'
import { isObject } from './read-answers.ts'

/** An application that somebody wants to file. */
export interface Filing {
  readonly vo: string
  readonly group?: string
  readonly kind: ApplicationKind
  readonly identity: string
  readonly answers: JsonObject
  readonly language?: string
}

type Filed = Exclude<FileAnswer, { readonly refused: object }>

/** What came of a filing. */
export type Submitted = { readonly filing: Filing } & (
  { readonly filed: Filed } | { readonly error: GuildhallError; readonly faults: readonly object[] }
)

/** Files an application in a transaction of its own; `actor` is recorded. */
export async function submit(
  shell: Shell,
  { store, pool }: OpenState,
  { filing, actor }: { readonly filing: Filing; readonly actor: string },
): Promise<Submitted> {
  const input = {
    ...filing,
    cause: { actor },
    now: shell.now(),
    compileSchema: (schema: JsonObject) => compileCheck(schema),
  }
  try {
    const answer = await store.inTransaction(pool, (tx) => store.fileApplication(tx, input))
    if (!('refused' in answer)) return { filing, filed: answer }
    const { refused } = answer
    return {
      filing,
      error: refusal(filing, refused),
      faults: refused.reason === 'answers-invalid' ? refused.faults : [],
    }
  } catch (error) {
    if (error instanceof GuildhallError) return { filing, error, faults: [] }
    throw error
  }
}

function refusal({ vo, group, identity }: Filing, { reason, message }: NotFiled): GuildhallError {
  const target = group === undefined ? vo : `${vo}/${group}`
  return new GuildhallError(
    'APPLICATION_REFUSED',
    `Cannot file an application of "${identity}" for "${target}": ${message}`,
    {
      facts: { identity, target, reason },
    },
  )
}

const form = 'expected an object such as {"vo": "astro", "identity": "idp/ada", "answers": {"name": "Ada"}}'
const keys = ['vo', 'group', 'kind', 'identity', 'answers', 'language'] as const

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

function readWords({
  group,
  kind = 'initial',
  language,
}: LineObject): Pick<Filing, 'group' | 'kind' | 'language'> | string {
  if (kind !== 'initial' && kind !== 'extension')
    return `kind: expected "initial" or "extension", got ${showValue(kind)}`
  if (group !== undefined && typeof group !== 'string')
    return `group: expected the name of a group, got ${showValue(group)}`
  if (language !== undefined && typeof language !== 'string')
    return `language: expected one such as "en", got ${showValue(language)}`
  return { kind, ...(group !== undefined && { group }), ...(language !== undefined && { language }) }
}
