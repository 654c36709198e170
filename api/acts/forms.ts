import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { AnswerFault } from '../../core/forms/check-answers.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { compileCheck } from '../../schemas/validate.ts'
import type { CheckedAnswers, ListedForm } from '../../store/index.ts'
import type { Act, ActContext } from './act.ts'
import { answers } from './applications/input.ts'
import { as, input, name } from './input.ts'

const form = { ...name, description: 'A form of a VO.', examples: ['astro/join'] } as const

export const listForms: Act<{ readonly vo?: string }, { readonly forms: readonly ListedForm[] }> = {
  ...{ command: 'form list', method: 'GET', path: '/forms', id: 'forms' },
  summary: 'Lists the forms in force',
  input: input({ vo: name }),
  answer: 'Forms',
  run: async ({ store, pool }, { vo }) => ({ forms: await store.listForms(pool, vo) }),
}

const language = { ...name, maxLength: 35, description: 'Of what is said.', examples: ['cs'] } as const

/** A form, and who would answer it in which language. */
export interface FormSchemaInput {
  readonly form: string
  /** What is known of them is offered. */
  readonly as?: string
  readonly language?: string
}

export const formSchema: Act<FormSchemaInput, JsonObject> = {
  ...{ command: 'form schema', method: 'GET', path: '/forms/schema', id: 'formSchema' },
  summary: 'Gives the JSON Schema of the answers to a form',
  input: input({ form, as: { ...as, description: 'Who would answer: what is known of them is offered.' }, language }, [
    'form',
  ]),
  answer: 'AnswersSchema',
  run: async ({ store, pool, now }, { form: text, as: identity, ...reader }) =>
    store.inTransaction(pool, (tx) =>
      store.readAnswersSchema(tx, { ...splitForm(text), ...reader, identity, now: now() }),
    ),
}

/** Answers to a form, and who would file them. */
export interface CheckFormInput {
  readonly form: string
  readonly answers: JsonObject
  /** Without it somebody whom nobody knows. */
  readonly as?: string
  readonly language?: string
}

export const checkForm: Act<CheckFormInput, { readonly faults: readonly AnswerFault[] }> = {
  ...{ command: 'form check', method: 'POST', path: '/forms/check', id: 'checkForm' },
  summary: 'Checks answers against a form; nothing is filed',
  input: input({ form, answers, as: { ...as, description: 'Who would file them.' }, language }, ['form', 'answers']),
  answer: 'AnswerFaults',
  run: async (context, { answers: given, as: identity = '', ...asked }) => {
    const [faults = []] = await checkMany(context, { ...asked, many: [{ identity, answers: given }] })
    return { faults }
  },
}

/** The answers of many people to a form. */
export interface CheckManyInput {
  readonly form: string
  readonly many: readonly CheckedAnswers[]
  readonly language?: string
}

/** Lists what is wrong with the answers of each of many. */
export async function checkMany(
  { store, pool, now }: ActContext,
  { form: text, ...asked }: CheckManyInput,
): Promise<readonly (readonly AnswerFault[])[]> {
  const form = { ...splitForm(text), now: now() }
  return store.inTransaction(pool, (tx) =>
    store.checkAnswers(tx, { ...form, ...asked, compileSchema: (schema) => compileCheck(schema) }),
  )
}

function splitForm(text: string): { readonly vo: string; readonly name: string } {
  const found = parseResource(text)
  if (found !== undefined) return found
  throw new GuildhallError(
    'REQUEST_INVALID',
    `Cannot read form "${text}": expected a VO and a form, such as "astro/join"`,
    { facts: { form: text } },
  )
}
