import type { ApplicationKind } from '../../core/applications/application.ts'
import type { Surroundings } from '../../core/config/catalog.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { AnswerFault } from '../../core/forms/check-answers.ts'
import { publishedSchema } from '../../core/forms/published-schema.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { faultsOfAnswers, languageOf } from '../changes/applications/faults-of-answers.ts'
import { readOffered } from '../changes/applications/offered-answers.ts'
import { readPersonValues } from '../changes/applications/person-values.ts'
import { readTarget, type ApplicationTarget } from '../changes/applications/read-target.ts'
import type { Db, Tx } from '../pool.ts'

/** A form as it is listed. */
export interface ListedForm {
  readonly vo: string
  readonly name: string
  readonly kind: ApplicationKind
  readonly group: string | null
  readonly items: number
}

const columns = `vo.name as vo, f.name, f.spec->>'for' as kind, f.spec->>'group' as "group", jsonb_array_length(f.spec->'items') as items`

/** Lists the forms in force, of one VO or of all. */
export async function listForms(db: Db, vo: string | undefined): Promise<ListedForm[]> {
  const { rows } = await db.query<ListedForm>(
    `select ${columns} from form f join vo on vo.id = f.vo_id where $1::text is null or vo.name = $1 order by 1, 2`,
    [vo ?? null],
  )
  return rows
}

/** A form by its name. */
interface FormName {
  readonly vo: string
  readonly name: string
  readonly now: Date
}

/** Whose answers they are, as far as somebody's, and the language to say it in; without it the one that is known of them. */
interface Answerer extends FormName {
  readonly identity?: IdentityRef | undefined
  readonly language?: string | undefined
}

/** Gives the JSON Schema of the answers to a form, with what is offered to this person; throws FORM_UNKNOWN. */
export async function readAnswersSchema(tx: Tx, { identity, language, ...name }: Answerer): Promise<JsonObject> {
  const target = await targetOf(tx, name)
  const { form, terms, filled } = target
  const reader = { termsVersion: terms?.version, filled }
  if (identity === undefined) return publishedSchema(form, { ...reader, language, offered: {} })
  const { voId, today } = target.set
  const known = language ?? languageOf(await readPersonValues(tx, { identity, vo: voId, today }))
  return publishedSchema(form, { ...reader, language: known, offered: await readOffered(tx, { target, identity }) })
}

/** Answers to a form by somebody. */
export interface CheckedAnswers {
  readonly identity: IdentityRef
  readonly answers: JsonObject
}

interface CheckInput extends FormName {
  readonly many: readonly CheckedAnswers[]
  readonly language?: string | undefined
  readonly compileSchema: Surroundings['compileSchema']
}

/** Lists what is wrong with answers to a form, with each of many as this person would file them; throws FORM_UNKNOWN. */
export async function checkAnswers(
  tx: Tx,
  { many, language, compileSchema, ...name }: CheckInput,
): Promise<AnswerFault[][]> {
  const target = await targetOf(tx, name)
  const faults: AnswerFault[][] = []
  for (const one of many) faults.push(await faultsOfAnswers(tx, { ...one, target, language, compileSchema }))
  return faults
}

async function targetOf(tx: Tx, { vo, name, now }: FormName): Promise<ApplicationTarget> {
  const forms = await listForms(tx, vo)
  const found = forms.find((form) => form.name === name)
  if (found !== undefined) return readTarget(tx, { vo, group: found.group ?? undefined, kind: found.kind, now })
  const known =
    forms.length === 0
      ? 'the VO has no forms, or is not there'
      : `expected one of ${forms.map((form) => `"${vo}/${form.name}"`).join(', ')}`
  throw new GuildhallError('FORM_UNKNOWN', `Cannot read form "${vo}/${name}": it is not in force; ${known}`, {
    facts: { vo, name },
  })
}
