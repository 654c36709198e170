import { didYouMean } from '../../model/nearest.ts'
import { showValue } from '../../model/show-value.ts'
import { fittingName, noNames, type GivenNames } from '../fitting-names.ts'
import type { Notes } from '../imported.ts'
import {
  entriesOf,
  itemsOf,
  leavingKeysOut,
  leavingOut,
  lineFault,
  noteOf,
  paragraphsOf,
  placeOf,
  textOf,
  type Complain,
  type Input,
} from '../input.ts'
import type { ReadLogin } from '../logins.ts'
import { membersGroup } from '../../config/references.ts'
import type { Access, Team } from './organisation.ts'
import { readPeople } from './read-people.ts'

const keys = ['description', 'maintainers', 'members', 'previously', 'privacy', 'repos', 'teams']

/** What is known while the teams of an organisation are read. */
interface Reading {
  readonly notes: Notes
  readonly readLogin: ReadLogin
  /** Names of groups, by the path of the group they lie in. */
  readonly names: Map<string, GivenNames>
  /** Teams that were read, by their names on GitHub, which ignore case and differ in the whole organisation. */
  readonly teams: Map<string, Input>
  /** Former names that are claimed already. */
  readonly claimed: Set<string>
}

/** Reads a mapping of teams, and those below each. */
export function readTeams(input: Input | undefined, reading: Reading, parent?: string): Team[] {
  const found = entriesOf(input, leavingOut(reading.notes, 'teams'))
  return [...found].flatMap(([name, team]) => readTeam(name, team, { reading, parent }))
}

interface Above {
  readonly reading: Reading
  readonly parent: string | undefined
}

function readTeam(name: string, input: Input, { reading, parent }: Above): Team[] {
  const what = `team ${showValue(name)}`
  const other = reading.teams.get(name.toLowerCase())
  const fault =
    other === undefined
      ? lineFault(name)
      : `the team stands at ${placeOf(other)} already; what is below it here goes with it`
  if (fault !== undefined) {
    leavingOut(reading.notes, what)(input, fault)
    return []
  }
  reading.teams.set(name.toLowerCase(), input)
  const complain = leavingKeysOut(reading.notes, what)
  const fields = entriesOf(input, leavingOut(reading.notes, what))
  const group = groupFor(name, input, { reading, parent })
  for (const [key, field] of fields)
    if (!keys.includes(key)) complain(field, `the key is not known${didYouMean(key, keys)}`)
  const people = readPeople([fields], { reading, what, roles: ['maintainers', 'members'] })
  const description = paragraphsOf(fields.get('description'), complain)
  const privacy = readPrivacy(fields.get('privacy'), complain)
  const team: Team = {
    ...{ group, title: name, managers: people.first, members: people.all },
    ...(description !== undefined && { description }),
    ...(privacy !== undefined && { privacy }),
    previously: readPrevious(fields.get('previously'), { reading, parent, complain }),
    access: readAccess(fields.get('repos'), complain),
  }
  return [team, ...readTeams(fields.get('teams'), reading, group)]
}

function groupFor(name: string, input: Input, { reading, parent }: Above): string {
  const given = reading.names.get(parent ?? '') ?? noNames(parent === undefined ? [membersGroup] : [])
  reading.names.set(parent ?? '', given)
  const own = fittingName(name, given)
  if (own !== name) {
    const why = `no group can be called so; its name is ${showValue(own)}, its title says the other`
    reading.notes.changed.push(noteOf(input, `team ${showValue(name)}`, why))
  }
  return parent === undefined ? own : `${parent}:${own}`
}

function readPrivacy(input: Input | undefined, complain: Complain): Team['privacy'] {
  const privacy = textOf(input, complain)
  if (input === undefined || privacy === undefined) return undefined
  if (privacy === 'closed' || privacy === 'secret') return privacy
  complain(input, `expected closed or secret, got ${showValue(privacy)}`)
  return undefined
}

function readPrevious(
  input: Input | undefined,
  { reading, parent, complain }: Above & { readonly complain: Complain },
): string[] {
  return itemsOf(input, complain).flatMap((item) => {
    const name = textOf(item, complain)
    if (name === undefined) return []
    const own = fittingName(name, noNames())
    const former = parent === undefined ? own : `${parent}:${own}`
    if (reading.claimed.has(former)) {
      leavingOut(reading.notes, `former name ${showValue(name)}`)(item, 'another team claims it already')
      return []
    }
    reading.claimed.add(former)
    return [former]
  })
}

function readAccess(input: Input | undefined, complain: Complain): Access[] {
  return [...entriesOf(input, complain)].flatMap(([repository, item]) => {
    const permission = textOf(item, complain)
    if (permission === undefined) return []
    if (permission !== 'none') return [{ repository, permission: permission.toLowerCase() }]
    complain(item, 'none gives no access')
    return []
  })
}
