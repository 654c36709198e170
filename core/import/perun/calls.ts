import type { Notes } from '../imported.ts'
import { beansOf, type Bean, type Call } from './beans.ts'

/** What methods give. */
export type Given =
  | 'admins'
  | 'assigned'
  | 'attributes'
  | 'facilities'
  | 'groupMembers'
  | 'groups'
  | 'members'
  | 'resources'
  | 'unions'
  | 'userExtSources'
  | 'users'
  | 'vos'

/** What is taken of methods, and with what they must have been asked where the answer does not say itself of whom it is. */
interface Taken {
  readonly given: Given
  readonly methods: readonly string[]
  readonly by?: readonly [string, ...string[]]
}

const all: readonly Taken[] = [
  { given: 'vos', methods: ['getVos', 'getAllVos', 'getMyVos'] },
  {
    given: 'users',
    methods: ['getUsers', 'getRichUsers', 'getRichUsersWithAttributes', 'getAllRichUsersWithAttributes'],
  },
  { given: 'userExtSources', methods: ['getUserExtSources'] },
  {
    given: 'members',
    methods: ['getMembers', 'getRichMembers', 'getRichMembersWithAttributes', 'getCompleteRichMembers'],
  },
  {
    given: 'groups',
    methods: [
      ...['getGroups', 'getAllGroups', 'getSubGroups', 'getAllSubGroups'],
      ...['getRichGroupsWithAttributesByNames', 'getAllRichGroupsWithAttributesByNames'],
      ...['getRichSubGroupsWithAttributesByNames', 'getAllRichSubGroupsWithAttributesByNames'],
    ],
  },
  {
    given: 'groupMembers',
    methods: ['getGroupMembers', 'getGroupDirectMembers', 'getGroupRichMembers', 'getGroupDirectRichMembers'],
    by: ['group'],
  },
  { given: 'unions', methods: ['getGroupUnions'], by: ['group'] },
  { given: 'facilities', methods: ['getFacilities', 'getAllFacilities'] },
  { given: 'resources', methods: ['getResources', 'getAllResources'] },
  { given: 'assigned', methods: ['getAssignedGroups', 'getGroupAssignments'], by: ['resource'] },
  { given: 'attributes', methods: ['getAttributes'], by: ['user', 'vo', 'group', 'member', 'facility', 'resource'] },
  { given: 'admins', methods: ['getAdmins', 'getDirectAdmins', 'getRichAdmins'], by: ['vo', 'group'] },
]

const byMethod = new Map(all.flatMap((taken) => taken.methods.map((method) => [method, taken] as const)))

/** The calls of the methods that give something. */
export function callsOf(calls: readonly Call[], given: Given): Call[] {
  return calls.filter(({ method }) => byMethod.get(method)?.given === given)
}

/** What calls gave by the number that they were asked with. */
export function byAsked(calls: readonly Call[], by: string, notes: Notes): ReadonlyMap<number, readonly Bean[]> {
  const found = new Map<number, Bean[]>()
  for (const call of calls) {
    const id = call.asked.get(by)
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), ...beansOf([call], notes)])
  }
  return found
}

/** Tells of the calls of other methods, and of those that do not say of whom they are. */
export function tellOthers(calls: readonly Call[], { leftOut }: Notes): void {
  for (const { file, method, asked, entries } of calls) {
    const leaveOut = (why: string) => void leftOut.push({ file, line: 1, what: method, why })
    const taken = byMethod.get(method)
    if (taken === undefined) leaveOut('of this method nothing is taken')
    else if (taken.by !== undefined && entries.length > 0 && !taken.by.some((one) => asked.has(one)))
      leaveOut(
        `it is taken of a ${taken.by.join(', ').replace(/, ([^,]*)$/, ' or $1')}; expected a name such as ${method}.${taken.by[0]}=12.json`,
      )
  }
}

/** Tells of calls that were asked with what is not there. */
export function tellUnknown(
  calls: readonly Call[],
  known: Readonly<Record<string, ReadonlyMap<number, unknown>>>,
  { leftOut }: Notes,
): void {
  for (const { file, method, asked, entries } of calls) {
    if (!byMethod.has(method) || entries.length === 0) continue
    for (const [by, id] of asked)
      if (known[by]?.has(id) === false) leftOut.push({ file, line: 1, what: method, why: `${by} ${id} is not there` })
  }
}
