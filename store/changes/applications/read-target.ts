import { policyHash } from '../../../core/applications/policy.ts'
import type { ApplicationKind } from '../../../core/applications/application.ts'
import { builtInAttributes } from '../../../core/config/built-in-attributes.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { conditionsOf, type FormConditions } from '../../../core/forms/expressions.ts'
import type { FilledAttributes } from '../../../core/forms/answers-schema.ts'
import type { AttributeType } from '../../../core/expressions/names.ts'
import type { Specs, Terms } from '../../../core/model/config-object.ts'
import type { Db, Tx } from '../../pool.ts'
import { findSet, type FoundSet } from '../memberships/read-standing.ts'

/** What is applied for: a VO or a group with the form in force for it, and what decides about the application. */
export interface ApplicationTarget {
  readonly set: FoundSet
  readonly formId: number
  readonly formName: string
  readonly form: Specs['Form']
  readonly conditions: FormConditions
  readonly terms: Pick<Terms, 'sha256' | 'version'> | undefined
  readonly filled: FilledAttributes
  readonly policy: string
}

/** Names a VO or a group, and the kind of application to it. */
export interface TargetName {
  readonly vo: string
  readonly group: string | undefined
  readonly kind: ApplicationKind
  readonly now: Date
}

/** Reads what is applied for; OBJECT_UNKNOWN where it is not in force, FORM_UNKNOWN where nobody can apply for it. */
export async function readTarget(tx: Tx, { vo, group, kind, now }: TargetName): Promise<ApplicationTarget> {
  const set = await findSet(tx, { vo, group, now })
  const { rows } = await tx.query<{
    id: number
    name: string
    form: Specs['Form']
    requires: Specs['VO']['requires'] | null
    terms: Pick<Terms, 'sha256' | 'version'> | null
  }>(
    `select f.id, f.name, f.spec as form, vo.spec->'requires' as requires, (vo.spec->'terms') - 'text' as terms
     from vo join form f on f.vo_id = vo.id and f.spec->>'for' = $2 and f.spec->>'group' is not distinct from $3
     where vo.id = $1`,
    [set.voId, kind, group ?? null],
  )
  const [found] = rows
  if (found === undefined) throw await noForm(tx, set, kind)
  const { id: formId, name: formName, form, requires, terms } = found
  const policy = policyHash({
    ...{ form, terms: terms ?? undefined, requires: requires ?? undefined, expiration: set.rules },
  })
  const conditions = conditionsOf(form, await readTypes(tx))
  const filled = await readFilled(tx, form)
  return { set, formId, formName, form, conditions, filled, terms: terms ?? undefined, policy }
}

/** What the values of attributes have to be like that the answers become. */
async function readFilled(tx: Tx, { items }: Specs['Form']): Promise<FilledAttributes> {
  const names = [...new Set(items.flatMap(({ fills }) => fills ?? []))]
  if (names.length === 0) return new Map()
  const { rows } = await tx.query<{ name: string; spec: Specs['Attribute'] }>(
    'select name, spec from attribute_definition where name = any($1)',
    [names],
  )
  const declared = new Map(rows.map(({ name, spec }) => [name, spec]))
  return new Map(
    names.flatMap((name) => {
      const spec = declared.get(name) ?? builtInAttributes[name]
      return spec === undefined ? [] : [[name, spec] as const]
    }),
  )
}

async function noForm(tx: Tx, { name, voId }: FoundSet, kind: ApplicationKind): Promise<GuildhallError> {
  const { rows } = await tx.query<{ name: string }>(
    `select vo.name || coalesce('/' || (f.spec->>'group'), '') || ' (' || (f.spec->>'for') || ')' as name
     from form f join vo on vo.id = f.vo_id where f.vo_id = $1 order by 1`,
    [voId],
  )
  const known =
    rows.length === 0 ? 'the VO has no forms' : `there are forms for ${rows.map((row) => row.name).join(', ')}`
  return new GuildhallError('FORM_UNKNOWN', `Cannot apply for ${name}: it has no ${kind} form; ${known}`, {
    facts: { name, kind },
  })
}

/** The types of all attributes that documents declare. */
export async function readTypes(db: Db): Promise<readonly (readonly [string, AttributeType])[]> {
  const { rows } = await db.query<{ name: string; type: AttributeType }>(
    `select name, spec->>'type' as type from attribute_definition order by name`,
  )
  return rows.map(({ name, type }) => [name, type] as const)
}
