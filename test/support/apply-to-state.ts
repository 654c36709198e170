import { isKind, type StoredObject } from '../../core/model/config-object.ts'
import { compareText } from '../../core/model/compare.ts'
import type { Change, MembershipChange } from '../../core/model/plan.ts'
import type { IdentityRef, MembershipRow, Person, State, UserId, VoMember } from '../../core/model/state.ts'
import { naiveWays } from './naive-access.ts'
import { naiveDerived } from './naive-derived.ts'
import { withDerived } from './with-derived.ts'

/** The state nothing has been applied to yet. */
export const nothing: State = {
  objects: [],
  people: [],
  rows: [],
  members: [],
  losses: [],
  bans: [],
  terms: [],
  gone: { values: [], identities: [] },
  heldValues: [],
  applied: {},
}

/**
 * Carries out a plan's changes in memory, as plainly as can be said, to be compared with what the planner foretells; dates
 * lie years before or after today. Derived values are computed
 * as plainly, unless somebody else did.
 */
export function applyToState(
  state: State,
  { changes }: { readonly changes: readonly Change[] },
  derived?: Pick<State, 'heldValues' | 'objects' | 'people'>,
): State {
  const objects = applyDocuments(state.objects, changes)
  const people = applyPeople(withoutDeclared(state), objects, changes)
  const idOf = (identity: IdentityRef): UserId =>
    people.find(({ identities }) => identities.includes(identity))?.id ?? 0
  const carried = carryRows(state, changes)
  const rows = carried.rows.flatMap((row) =>
    changes.some((change) => takes(change, row, idOf)) ? changedOrGone(changes, row, idOf) : [row],
  )
  const added = changes.flatMap((change): MembershipRow[] =>
    isRow(change) && change.action === 'add'
      ? [
          dated(
            {
              ...placeOf(change),
              user: idOf(change.user),
              origin: change.origin ?? 'config',
              originName: '',
              status: 'VALID',
            },
            change,
          ),
        ]
      : [],
  )
  const allRows = withoutShorter([...rows, ...added])
  const leaving = changes.filter(isRow).filter(({ action, kind }) => action === 'remove' && kind === 'Member')
  const left = carried.members.filter(
    ({ vo, user }) =>
      !leaving.some((change) => change.vo === vo && idOf(change.user) === user) ||
      allRows.some((row) => row.vo === vo && row.user === user),
  )
  const joining = added.filter((row) => !left.some(({ vo, user }) => vo === row.vo && user === row.user))
  const lasting = allRows.filter(
    (row) =>
      changes.some((one) => takes(one, row, idOf) && one.expires !== undefined && row.status === 'VALID') ||
      (added.includes(row) && row.status === 'VALID'),
  )
  const lifted = left.map((member) => {
    const isWritten = lasting.some(({ vo, user }) => vo === member.vo && user === member.user)
    const isOver = member.status === 'EXPIRED' || member.status === 'DISABLED'
    return isOver && isWritten && member.endedByPerson !== true ? { ...member, status: undefined } : member
  })
  const unique = new Map(joining.map(({ vo, user }) => [`${vo} ${user}`, { vo, user, status: undefined }]))
  const heldValues = carryValues(state, objects)
  const applied = { ...state, objects, people, rows: allRows, members: left, heldValues }
  const everybody = [...lifted, ...unique.values()]
  const after =
    derived === undefined
      ? naiveDerived({ ...applied, members: everybody.map(({ vo, user }) => ({ vo, user, status: 'VALID' })) })
      : withDerived(applied, derived)
  const members = everybody.map((member): VoMember => ({
    ...member,
    status: isHeldByThePast(allRows, member) && member.status !== 'DISABLED' ? 'EXPIRED' : gate(after, member),
  }))
  return { ...after, members }
}

/** Of two rows of the same origin in one place the one that lasts longer stands. */
function withoutShorter(rows: readonly MembershipRow[]): MembershipRow[] {
  const key = ({ vo, group = '', user, origin }: MembershipRow): string => `${vo}/${group} ${user} ${origin}`
  const longest = new Map<string, MembershipRow>()
  for (const row of rows) {
    const known = longest.get(key(row))
    if (known === undefined || (row.expires ?? '9999') > (known.expires ?? '9999')) longest.set(key(row), row)
  }
  return [...longest.values()]
}

function isRow(change: Change): change is MembershipChange {
  return change.kind === 'Member' || change.kind === 'GroupMember'
}

function placeOf(change: MembershipChange): Pick<MembershipRow, 'vo' | 'group'> {
  return change.kind === 'Member' ? { vo: change.vo } : { vo: change.vo, group: change.name }
}

function applyDocuments(stored: readonly StoredObject[], changes: readonly Change[]): StoredObject[] {
  let objects = [...stored]
  let next = Math.max(0, ...stored.map(({ id }) => id)) + 1
  for (const change of changes) {
    if (isRow(change)) continue
    const { have } = change
    if (have !== undefined) objects = objects.filter(({ kind, id }) => kind !== have.kind || id !== have.id)
    if (change.want === undefined) continue
    objects.push({ ...change.want, id: have?.id ?? next })
    next += 1
  }
  return objects
}

/** What User documents gave is theirs to give again. */
function withoutDeclared({ people, objects }: State): Person[] {
  const documents = objects.filter((object) => isKind(object, 'User'))
  return people.map((person) => {
    const document = documents.find(({ spec }) => spec.identities.some((one) => person.identities.includes(one)))
    const given = Object.keys(document?.spec.attributes ?? {}).map((name) => `user.${name}`)
    const attributes = Object.entries(person.attributes).filter(([name]) => !given.includes(name))
    return { ...person, attributes: Object.fromEntries(attributes) }
  })
}

function applyPeople(
  stored: readonly Person[],
  objects: readonly StoredObject[],
  changes: readonly Change[],
): Person[] {
  let people = [...stored]
  let next = Math.max(0, ...stored.map(({ id }) => id)) + 1
  const ensure = (identities: readonly IdentityRef[], attributes: Person['attributes']): void => {
    const known = people.find((person) => person.identities.some((identity) => identities.includes(identity)))
    const others = known?.identities.filter((identity) => !identities.includes(identity)) ?? []
    people = people.filter((person) => person !== known)
    people.push({
      id: known?.id ?? next,
      identities: [...identities, ...others],
      attributes: { ...known?.attributes, ...attributes },
      ...(known?.seen === undefined ? {} : { seen: known.seen }),
    })
    next += 1
  }
  // Only a document puts identities in another order than that by code point.
  people = people.map((person) => ({ ...person, identities: [...person.identities].sort(compareText) }))
  for (const object of objects) {
    if (!isKind(object, 'User')) continue
    const values = Object.entries(object.spec.attributes ?? {}).map(([name, value]) => [`user.${name}`, value] as const)
    ensure(object.spec.identities, Object.fromEntries(values))
  }
  for (const change of changes) {
    if (isRow(change) && change.action === 'add' && !people.some(({ identities }) => identities.includes(change.user)))
      ensure([change.user], {})
  }
  return people.sort((a, b) => a.id - b.id)
}

/** Renames what moved and drops what went. */
function carryRows(state: State, changes: readonly Change[]): Pick<State, 'rows' | 'members'> {
  const documents = changes.flatMap((change) => (isRow(change) ? [] : [change]))
  const fate = (kind: string, vo: string | undefined, name: string): { vo: string; name: string } | undefined => {
    const change = documents.find(({ have }) => have?.kind === kind && have.vo === vo && have.name === name)
    if (change === undefined) return { vo: vo ?? name, name }
    return change.want === undefined ? undefined : { vo: change.want.vo ?? change.want.name, name: change.want.name }
  }
  return {
    rows: state.rows.flatMap((row) => {
      const place = row.group === undefined ? fate('VO', undefined, row.vo) : fate('Group', row.vo, row.group)
      if (place === undefined) return []
      return [row.group === undefined ? { ...row, vo: place.vo } : { ...row, vo: place.vo, group: place.name }]
    }),
    members: state.members.flatMap((member) => {
      const place = fate('VO', undefined, member.vo)
      return place === undefined ? [] : [{ ...member, vo: place.vo }]
    }),
  }
}

function takes(
  change: Change,
  row: MembershipRow,
  idOf: (identity: IdentityRef) => UserId,
): change is MembershipChange {
  if (!isRow(change) || change.action === 'add' || idOf(change.user) !== row.user) return false
  const { vo, group } = placeOf(change)
  if (vo !== row.vo || group !== row.group) return false
  return isOfOrigin(change, row)
}

function isOfOrigin(change: MembershipChange, row: MembershipRow): boolean {
  if (change.everyOrigin === true && row.origin !== 'rule') return true
  return row.origin === (change.origin ?? 'config') && row.originName === (change.source ?? row.originName)
}

/** With the date that a change gives, and what follows from it. */
function dated(former: MembershipRow, { expires }: MembershipChange): MembershipRow {
  const { vo, group, user, origin, originName } = former
  const row = { vo, ...(group === undefined ? {} : { group }), user, origin, originName }
  const date = expires?.after ?? null
  return date === null
    ? { ...row, status: 'VALID' }
    : { ...row, expires: date, status: date < '2025' ? 'EXPIRED' : 'VALID' }
}

/** Whether rows hold the member, all of them over. */
function isHeldByThePast(rows: readonly MembershipRow[], { vo, user }: Pick<VoMember, 'vo' | 'user'>): boolean {
  const holding = rows.filter(
    (row) =>
      row.vo === vo &&
      row.user === user &&
      (row.group === undefined || ['config', 'sync', 'rule'].includes(row.origin)),
  )
  return holding.length > 0 && holding.every(({ status }) => status === 'EXPIRED')
}

function changedOrGone(
  changes: readonly Change[],
  row: MembershipRow,
  idOf: (identity: IdentityRef) => UserId,
): MembershipRow[] {
  const change = changes.find((one): one is MembershipChange => takes(one, row, idOf) && one.action === 'change')
  if (change === undefined) return []
  return [change.expires === undefined ? { ...row, origin: 'manager' } : dated(row, change)]
}

/** Notes rule by rule what a member lacks; only the holder user is asked here. */
function gate(
  state: State,
  member: { readonly vo: string; readonly user: UserId; readonly status: VoMember['status'] | undefined },
): VoMember['status'] {
  const { status } = member
  if (status === 'EXPIRED' || status === 'DISABLED') return status
  const { vo } = member
  const lacks = (attribute: string, of = ''): boolean => isLacking(state, member.user, { attribute, of })
  const required = requiredByVo(state, vo).some((name) => lacks(name, name.startsWith('member.') ? vo : ''))
  if (required || lacksLevel(state, member) || owesAcceptance(state, member)) return 'INVALID'
  if (status === 'VALID') return 'VALID'
  const lacksOnTheWay = naiveWays(state, member).some(({ resource, group }) => {
    const places: Readonly<Record<string, string>> = {
      ...{ user: '', member: vo, 'user-facility': resource.spec.facility, 'member-group': `${vo}/${group}` },
      'member-resource': `${resource.vo ?? ''}/${resource.name}`,
    }
    const names = (resource.spec.services ?? []).flatMap((service) => requiredBy(state, service))
    return names.some((name) => lacks(name, places[name.slice(0, name.indexOf('.'))]))
  })
  return lacksOnTheWay ? 'INVALID' : 'VALID'
}

function isLacking(
  state: State,
  user: UserId,
  { attribute, of }: { readonly attribute: string; readonly of: string },
): boolean {
  const document = state.objects.filter((object) => isKind(object, 'Attribute')).find(({ name }) => name === attribute)
  if (document?.spec.default !== undefined) return false
  if (of === '') return state.people.find(({ id }) => id === user)?.attributes[attribute] === undefined
  return !state.heldValues.some((held) => held.attribute === attribute && held.user === user && held.of === of)
}

const kindsOf: Readonly<Record<string, StoredObject['kind']>> = {
  ...{ member: 'VO', 'user-facility': 'Facility', 'member-resource': 'Resource', 'member-group': 'Group' },
}

/** What values are of goes by its new name; the group of all members by that of its VO. */
function carryValues(state: State, objects: readonly StoredObject[]): State['heldValues'] {
  const pathOf = ({ vo, name }: StoredObject): string => (vo === undefined ? name : `${vo}/${name}`)
  return state.heldValues.flatMap(({ of, ...held }) => {
    const isOfAll = of.endsWith('/members')
    const kind = isOfAll ? 'VO' : kindsOf[held.attribute.slice(0, held.attribute.indexOf('.'))]
    const path = isOfAll ? of.replace('/members', '') : of
    const former = state.objects.find((object) => object.kind === kind && pathOf(object) === path)
    const now = objects.find((object) => object.kind === kind && object.id === former?.id)
    return now === undefined ? [] : [{ ...held, of: isOfAll ? `${now.name}/members` : pathOf(now) }]
  })
}

/** Sightings are of 2010: they count where the source says nothing, or a hundred years. */
function lacksLevel(state: State, { vo, user }: Pick<VoMember, 'vo' | 'user'>): boolean {
  const accepted = state.objects.filter((object) => isKind(object, 'VO')).find(({ name }) => name === vo)?.spec
    .requires?.loa
  const { identities = [], seen = [] } = state.people.find(({ id }) => id === user) ?? {}
  const levels = identities.flatMap((identity) => {
    const sources = state.objects.filter((object) => isKind(object, 'Source'))
    const spec = sources.find(({ name }) => identity.startsWith(`${name}/`))?.spec
    const sighting = spec?.validFor === 'P1Y' ? undefined : seen.find((one) => one.identity === identity)
    return sighting?.loa ?? spec?.loa ?? []
  })
  return accepted !== undefined && !levels.some((level) => accepted.includes(level))
}

/** Acceptances are of 2010: they count where the VO says nothing, or a hundred years. A grace is of two hundred. */
function owesAcceptance(state: State, { vo, user }: Pick<VoMember, 'vo' | 'user'>): boolean {
  const terms = state.objects.filter((object) => isKind(object, 'VO')).find(({ name }) => name === vo)?.spec.terms
  if (terms === undefined || terms.grace !== undefined) return false
  const accepted = state.terms.find((one) => one.vo === vo)?.accepted ?? []
  const counts = terms.resignEvery !== 'P1Y'
  return !counts || !accepted.some((one) => one.user === user && one.version === terms.version)
}

function requiredByVo(state: State, vo: string): readonly string[] {
  const found = state.objects.filter((object) => isKind(object, 'VO')).find(({ name }) => name === vo)
  return found?.spec.requires?.attributes ?? []
}

function requiredBy(state: State, service: string): readonly string[] {
  const found = state.objects.filter((object) => isKind(object, 'Service')).find(({ name }) => name === service)
  return found?.spec.requires ?? []
}
