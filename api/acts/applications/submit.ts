import type { ApplicationKind } from '../../../core/applications/application.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { FileAnswer, NotFiled } from '../../../store/index.ts'
import type { Act, ActContext } from '../act.ts'
import { causeOf } from '../acting-as.ts'
import { as, identity, input, name } from '../input.ts'
import { answers } from './input.ts'

/** An application that somebody wants to file: for themselves (`as`), or the system's own user for somebody (`identity`). */
export interface SubmitInput {
  readonly vo: string
  readonly group?: string
  readonly kind?: ApplicationKind
  readonly answers?: JsonObject
  /** What the form offers them is taken over where they answer nothing. */
  readonly offered?: boolean
  readonly language?: string
  readonly as?: string
  readonly identity?: string
}

/** The application that was filed. */
export type Filed = Exclude<FileAnswer, { readonly refused: object }>

export const submitApplication: Act<SubmitInput, Filed> = {
  ...{ command: 'application submit', method: 'POST', path: '/applications/submit', id: 'submitApplication' },
  summary: 'Files an application for a membership, or for more time',
  input: input(
    {
      ...{ vo: name, group: name, kind: { enum: ['initial', 'extension'] }, answers },
      offered: { type: 'boolean', description: 'What the form offers them is taken over where they answer nothing.' },
      language: { ...name, maxLength: 35, examples: ['cs'] },
      as: { ...as, description: 'Who applies, by themselves.' },
      identity: { ...identity, description: 'Who applies; the own user of the system enters it for them.' },
    },
    ['vo'],
  ),
  answer: 'FiledApplication',
  run: submit,
}

async function submit(context: ActContext, filing: SubmitInput): Promise<Filed> {
  const { as: actor, identity: other, kind = 'initial', answers: given = {}, offered = false, ...target } = filing
  const applicant = actor ?? other
  if (applicant === undefined || (actor !== undefined && other !== undefined && other !== actor))
    throw new GuildhallError('REQUEST_INVALID', 'Cannot tell who applies: expected either `as` or `identity`')
  const { store, pool } = context
  const input = {
    ...{ ...target, kind, identity: applicant, answers: given, takesOffered: offered, cause: causeOf(context, actor) },
    ...{ now: context.now(), compileSchema: (schema: JsonObject) => compileCheck(schema) },
  }
  const answer = await store.inTransaction(pool, (tx) => store.fileApplication(tx, input), store.aboutOne)
  if ('refused' in answer) throw refusal({ ...target, identity: applicant }, answer.refused)
  return answer
}

interface Applying {
  readonly vo: string
  readonly group?: string
  readonly identity: string
}

function refusal({ vo, group, identity: applicant }: Applying, refused: NotFiled): GuildhallError {
  const { reason, message } = refused
  const target = group === undefined ? vo : `${vo}/${group}`
  const faults = refused.reason === 'answers-invalid' ? { faults: refused.faults.map((fault) => ({ ...fault })) } : {}
  return new GuildhallError(
    'APPLICATION_REFUSED',
    `Cannot file an application of "${applicant}" for "${target}": ${message}`,
    { facts: { identity: applicant, target, reason, ...faults } },
  )
}
