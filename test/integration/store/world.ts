import type { ConfigKind, DesiredObject, StoredObject } from '../../../core/model/config-object.ts'
import type { Change, DocumentChange, MembershipChange } from '../../../core/model/plan.ts'
import { scopeOf, type Scope } from '../../../core/model/scope.ts'
import type { State } from '../../../core/model/state.ts'
import type { CommitPlan } from '../../../core/plan/plan-commit.ts'
import { applyChanges, inTransaction, loadState, takeEpoch, type ApplyInput, type Pool } from '../../../store/index.ts'

export const monday = new Date('2026-01-05T10:00:00Z')
export const tuesday = new Date('2026-01-06T10:00:00Z')

const at = { file: 'all.yaml', line: 1, column: 1 }

/** A document as a commit wants it. */
// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
export function document(kind: ConfigKind, name: string, spec: object = {}, vo?: string): DesiredObject {
  const base = { kind, name, spec, governsMembers: kind === 'VO' || kind === 'Group', previously: [], at }
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- tests write any spec
  const made: DesiredObject = JSON.parse(JSON.stringify(vo === undefined ? base : { ...base, vo }))
  return made
}

export function add(want: DesiredObject): DocumentChange {
  return documentChange('add', want)
}

export function change(have: StoredObject, want: DesiredObject): DocumentChange {
  return { ...documentChange(have.name === want.name ? 'change' : 'move', want), have, fields: ['spec'] }
}

export function remove(have: StoredObject): DocumentChange {
  const { kind, name, vo } = have
  return { scope: scopeOf(have), action: 'remove', kind, name, ...(vo === undefined ? {} : { vo }), have, fields: [] }
}

/** A change to a membership row: `astro` for the VO's own, `astro/board` for a group's. */
export function row(action: MembershipChange['action'], where: string, user: string): MembershipChange {
  const [vo = '', group] = where.split('/')
  const scope: Scope = `vo:${vo}`
  return { scope, action, kind: group === undefined ? 'Member' : 'GroupMember', vo, name: group ?? vo, user, at }
}

/** Applies the changes scope by scope, as a reconcile does. */
export async function apply(
  pool: Pool,
  changes: readonly Change[],
  particulars: Partial<Pick<ApplyInput, 'asOf' | 'cause' | 'losses' | 'offers' | 'statuses'>> = {},
): Promise<void> {
  const scopes = [...new Set(changes.map(({ scope }) => scope))]
  const epoch = await takeEpoch(pool, scopes)
  for (const scope of scopes) {
    await inTransaction(pool, (tx) =>
      applyChanges(tx, {
        ...{
          scope,
          epoch,
          asOf: monday,
          losses: [],
          statuses: [],
          phase: 'main',
          cause: { commit: 'c0ffee', actor: 'commit/c0ffee' },
        },
        changes: changes.filter((one) => one.scope === scope),
        offers: offersOf(changes),
        ...particulars,
      }),
    )
  }
}

/** Applies what a planned commit comes to. */
export async function applyPlanned(
  pool: Pool,
  { apply: steps, offers, asOf }: Pick<CommitPlan, 'apply' | 'offers'> & { readonly asOf: Date },
): Promise<void> {
  const cause = { commit: 'c0ffee', actor: 'commit/c0ffee' }
  for (const step of steps) {
    const epoch = await takeEpoch(pool, [step.scope])
    await inTransaction(pool, (tx) => applyChanges(tx, { ...step, epoch, cause, asOf, offers }))
  }
}

export async function stateOf(pool: Pool): Promise<State> {
  return loadState(pool, { lossesSince: new Date(0) })
}

/** The document in force; fails where there is none. */
export async function stored(pool: Pool, kind: ConfigKind, name: string): Promise<StoredObject> {
  const found = (await stateOf(pool)).objects.find((object) => object.kind === kind && object.name === name)
  if (found === undefined) throw new Error(`${kind} ${name} is not in force`)
  return found
}

/** A facility `hpc` with passwd (uid from a sequence) and a VO astro whose group `telescope` has ada and grace. */
export function smallWorld(): Change[] {
  return [
    add(document('Instance', 'example', { admins: [{ user: 'idp/root' }] })),
    add(document('Source', 'idp', { type: 'declared' })),
    add(
      document('Attribute', 'user-facility.uid', {
        ...{ type: 'integer', unique: 'facility' },
        generate: { sequence: { from: 10000, to: 10003, per: 'facility' } },
      }),
    ),
    add(document('Service', 'passwd', { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] })),
    add(document('User', 'ada', { identities: ['idp/ada', 'github/ada'], attributes: { login: 'ada' } })),
    add(document('User', 'grace', { identities: ['idp/grace'], attributes: { login: 'grace' } })),
    add(
      document('Facility', 'hpc', {
        services: { passwd: { options: { homeBase: '/home' } } },
        destinations: [{ name: 'copy', services: ['passwd'], type: 'directory', options: { path: 'hpc' } }],
      }),
    ),
    add(document('VO', 'astro', { managers: [{ user: 'idp/ada' }] })),
    add(document('Group', 'telescope', {}, 'astro')),
    add(document('Group', 'telescope:operators', {}, 'astro')),
    add(document('Resource', 'cluster', { facility: 'hpc', services: ['passwd'], groups: ['telescope'] }, 'astro')),
    row('add', 'astro/telescope', 'idp/ada'),
    row('add', 'astro/telescope:operators', 'idp/grace'),
  ]
}

function documentChange(action: DocumentChange['action'], want: DesiredObject): DocumentChange {
  const { kind, name, vo } = want
  return { scope: scopeOf(want), action, kind, name, ...(vo === undefined ? {} : { vo }), want, fields: [] }
}

function offersOf(changes: readonly Change[]): ApplyInput['offers'] {
  return changes.flatMap(({ kind, vo, name }) =>
    kind === 'Resource' && vo !== undefined ? [{ vo, name, isWithin: true }] : [],
  )
}
