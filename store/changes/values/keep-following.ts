import type { Tx } from '../../pool.ts'
import { lockVos } from '../../locks.ts'
import { keepRules, type Kept, type KeepInput } from '../rules/keep-rules.ts'
import { settleMembers } from '../settle-members.ts'
import type { Trail } from '../trail.ts'
import { keepDerived } from './keep-derived.ts'
import { readDerived } from './read-derived.ts'
import type { ChangedValue } from './write-values.ts'

/** What followed, and for whom: others too, to whom a unique value passed. */
export interface Followed extends Pick<Kept, 'leftOut' | 'letIn'> {
  readonly persons: readonly number[]
  /** VOs, by name, in which a status or a row of a rule became another. */
  readonly vos: readonly string[]
  /** Whether rows of rules came or went. */
  readonly isRuled: boolean
  readonly derived: readonly ChangedValue[]
}

/**
 * Brings derived values of these people, the statuses that hang on them and the rows of rules to what follows from their
 * other values now, until nothing changes: whom a rule makes a member has derived values of members too. It ends, as rules
 * only ever make members, and circles are refused.
 */
export async function keepFollowing(tx: Tx, trail: Trail, input: KeepInput): Promise<Followed> {
  const { persons: given } = input
  if (given.length === 0) return nobody
  const isDerived = (await readDerived(tx)).order.length > 0
  const vos = new Set<string>()
  const derived: ChangedValue[] = []
  let isRuled = false
  let asked = given
  let leftOut: readonly number[] = []
  for (;;) {
    const changed = isDerived ? await keepDerived(tx, { persons: asked, at: trail.at }) : []
    const subjects = changed.map(({ subject }) => subject)
    derived.push(...changed)
    asked = [...new Set([...asked, ...subjects])]
    const reading = readingAlso(input, changed)
    const settled = await settleByDerived(tx, trail, changed)
    const ruled = await keepRules(tx, trail, { ...input, persons: asked, ...reading })
    for (const vo of [...settled, ...ruled.vos]) vos.add(vo)
    asked = [...new Set([...asked, ...ruled.letIn])]
    leftOut = ruled.leftOut
    if (ruled.vos.length === 0) break
    isRuled = true
    if (!isDerived && !ruled.asksMembers) break
  }
  const before = new Set(given)
  const letIn = asked.filter((person) => !before.has(person))
  return { persons: asked, vos: [...vos], isRuled, derived, letIn, leftOut }
}

const nobody: Followed = { persons: [], vos: [], isRuled: false, derived: [], letIn: [], leftOut: [] }

function readingAlso({ reading }: KeepInput, changed: readonly ChangedValue[]): Pick<KeepInput, 'reading'> {
  return reading === undefined ? {} : { reading: [...reading, ...changed.map(({ attribute }) => attribute)] }
}

/** Settles the memberships of those whose derived values are others, where one of these is required; returns the VOs concerned. */
export async function settleByDerived(tx: Tx, trail: Trail, changed: readonly ChangedValue[]): Promise<string[]> {
  if (changed.length === 0) return []
  const names = [...new Set(changed.map(({ attribute }) => attribute))]
  const { rows } = await tx.query<{ vo: number; name: string; persons: number[] }>(
    `select vo.id as vo, vo.name, array_agg(mb.person_id) as persons
     from member mb join vo on vo.id = mb.vo_id
     where mb.person_id = any($1) and exists (select from personal_attribute where attribute = any($2))
     group by 1, 2 order by 2`,
    [[...new Set(changed.map(({ subject }) => subject))], names],
  )
  const vos = rows.map(({ name }) => name)
  if (vos.length > 0) await lockVos(tx, vos, { mode: 'shared' })
  const reason = `${names.join(', ')} followed from what ${trail.cause.actor} changed`
  const touched: string[] = []
  for (const { vo, name, persons } of rows)
    if ((await settleMembers(tx, trail, { vo, persons, lifted: [], reason })).length > 0) touched.push(name)
  return touched
}
