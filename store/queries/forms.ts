import type { ApplicationKind } from '../../core/applications/application.ts'
import type { Surroundings } from '../../core/config/catalog.ts'
import { GuildhallError } from '../../core/errors.ts'
import { answersSchema } from '../../core/forms/answers-schema.ts'
import type { AnswerFault } from '../../core/forms/check-answers.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { faultsOfAnswers } from '../changes/applications/faults-of-answers.ts'
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
export interface FormName {
  readonly vo: string
  readonly name: string
  readonly now: Date
}

/** Gives the JSON Schema of the answers to a form; throws FORM_UNKNOWN. */
export async function readAnswersSchema(tx: Tx, form: FormName): Promise<JsonObject> {
  const { form: spec, terms } = await targetOf(tx, form)
  return answersSchema(spec, { termsVersion: terms?.version })
}

interface CheckInput extends FormName {
  readonly identity: IdentityRef
  readonly answers: JsonObject
  readonly compileSchema: Surroundings['compileSchema']
}

/** Lists what is wrong with answers to a form, as this person would file them; throws FORM_UNKNOWN. */
export async function checkAnswers(
  tx: Tx,
  { identity, answers, compileSchema, ...form }: CheckInput,
): Promise<AnswerFault[]> {
  return faultsOfAnswers(tx, { target: await targetOf(tx, form), identity, answers, compileSchema })
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
