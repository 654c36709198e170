import type { Pool } from '../../store/index.ts'

interface Group {
  readonly id: number
  readonly vo: number
  readonly name: string
  readonly includes: readonly string[] | null
  readonly is_members: boolean
  readonly is_over: boolean
}

interface Resource {
  readonly id: number
  readonly vo: number
  readonly facility: number
  readonly groups: readonly string[] | null
}

interface World {
  readonly groups: readonly Group[]
  readonly resources: readonly Resource[]
  /** Of a group, or of a VO. */
  readonly memberships: readonly { readonly id: number; readonly person: number }[]
  readonly members: readonly { readonly id: number; readonly person: number }[]
  readonly identities: readonly { readonly id: number; readonly person: number }[]
  readonly vos: readonly { readonly id: number; readonly name: string }[]
  /** What is given, by attribute, subject and object. */
  readonly values: ReadonlyMap<string, string>
}

/** Says a value, unless part of it is missing. */
type Say = (key: string, ...parts: readonly (string | undefined)[]) => string | undefined

/**
 * Computes what the attributes of pairs-world.ts derive for identities and pairs, as `attribute subject object value`: written
 * out by hand, without expressions, and with groups looked through one by one.
 */
export async function naivePairs(pool: Pool): Promise<string[]> {
  const world = await read(pool)
  const said = new Set<string>()
  const say: Say = (key, ...parts) => {
    if (parts.includes(undefined)) return undefined
    said.add(`${key} ${parts.join('')}`)
    return parts.join('')
  }
  const { identities, resources, groups, values } = world
  for (const { id, person } of identities)
    say(`identity.label ${id} 0`, values.get(`identity.note ${id} 0`), '@', values.get(`user.login ${person} 0`))
  for (const resource of resources) sayOfResource(world, resource, say)
  for (const group of groups) sayOfGroup(world, group, say)
  return [...said].sort()
}

function sayOfResource(world: World, { id, vo, facility, groups }: Resource, say: Say): void {
  const { values } = world
  const reaching = new Set((groups ?? []).flatMap((name) => inGroup(world, groupNamed(world, name, vo))))
  for (const person of reaching) {
    const login = values.get(`user.login ${person} 0`)
    const dir = say(`user-facility.dir ${person} ${facility}`, values.get(`facility.home ${facility} 0`), '/', login)
    const uid = values.get(`user-facility.uid ${person} ${facility}`)
    if (uid !== undefined) say(`user-facility.even ${person} ${facility}`, String(Number(uid) * 2))
    const extra = values.get(`member-resource.extra ${person} ${id}`) ?? '0'
    const base = values.get(`resource.base ${id} 0`) ?? '1'
    const quota = say(`member-resource.quota ${person} ${id}`, String(Number(extra) + Number(base)))
    say(`member-resource.path ${person} ${id}`, values.get(`vo.code ${vo} 0`), dir, '/', quota)
  }
}

function sayOfGroup(world: World, group: Group, say: Say): void {
  const { values } = world
  for (const person of inGroup(world, group)) {
    const codes = [values.get(`group.code ${group.id} 0`), values.get(`vo.code ${group.vo} 0`)]
    const role = values.get(`member.role ${person} ${group.vo}`)
    const shift = values.get(`member-group.shift ${person} ${group.id}`) ?? 'day'
    say(`member-group.card ${person} ${group.id}`, ...codes, role, '-', shift)
  }
}

function inGroup(world: World, group: Group | undefined): number[] {
  if (group === undefined || group.is_over) return []
  if (group.is_members) return world.members.flatMap(({ id, person }) => (id === group.vo ? [person] : []))
  const own = world.memberships.flatMap(({ id, person }) => (id === group.id ? [person] : []))
  const below = world.groups.filter((one) => one.vo === group.vo && liesIn(one.name, group))
  return [...new Set([...own, ...below.flatMap((one) => inGroup(world, one))])]
}

function liesIn(name: string, group: Group): boolean {
  const isSubgroup = name.includes(':') && name.replace(/:[^:]*$/, '') === group.name
  return isSubgroup || group.includes?.includes(name) === true
}

function groupNamed({ groups, vos }: World, reference: string, vo: number): Group | undefined {
  const [first = '', second] = reference.split('/')
  const where = second === undefined ? vo : vos.find(({ name }) => name === first)?.id
  return groups.find((one) => one.vo === where && one.name === (second ?? first))
}

async function read(pool: Pool): Promise<World> {
  const { rows: groups } = await pool.query<Group>(
    `select id, vo_id as vo, name, spec->'includes' as includes, is_members, over_since is not null as is_over from groups`,
  )
  const { rows: resources } = await pool.query<Resource>(
    `select id, vo_id as vo, facility_id as facility, spec->'groups' as groups from resource`,
  )
  const { rows: memberships } = await pool.query<{ id: number; person: number }>(
    'select group_id as id, person_id as person from membership where group_id is not null',
  )
  const { rows: members } = await pool.query<{ id: number; person: number }>(
    'select vo_id as id, person_id as person from member',
  )
  const { rows: identities } = await pool.query<{ id: number; person: number }>(
    'select id, person_id as person from identity',
  )
  const { rows: vos } = await pool.query<{ id: number; name: string }>('select id, name from vo')
  const { rows } = await pool.query<{ key: string; value: string }>(
    `select concat_ws(' ', attribute, subject, object) as key, value #>> '{}' as value from attribute_value
     where origin <> 'derived'`,
  )
  const values = new Map(rows.map(({ key, value }) => [key, value]))
  return { groups, resources, memberships, members, identities, vos, values }
}
