import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import { didYouMean } from '../../model/nearest.ts'
import { showValue } from '../../model/show-value.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import type { Notes } from '../imported.ts'
import {
  entriesOf,
  leavingKeysOut,
  leavingOut,
  noteOf,
  paragraphsOf,
  textOf,
  type Complain,
  type Input,
  type InputFile,
} from '../input.ts'
import type { ReadLogin } from '../logins.ts'
import type { Organisation } from './organisation.ts'
import { readPeople } from './read-people.ts'
import { readTeams } from './read-teams.ts'

const taken = ['admins', 'members', 'teams', 'repos', 'name', 'description', 'default_repository_permission']
const settings = [
  ...['billing_email', 'company', 'email', 'location', 'has_organization_projects', 'has_repository_projects'],
  'members_can_create_repositories',
]

/** What is known while organisations are read. */
interface Reader {
  readonly notes: Notes
  readonly readLogin: ReadLogin
  /** The organisation of files without `orgs`. */
  readonly org: string | undefined
}

interface Part {
  readonly name: string
  readonly input: Input
}

/** Reads organisations out of peribolos files; parts of one in several files make one. IMPORT_REFUSED where a part has no name. */
export function readOrganisations(files: readonly InputFile[], reader: Reader): Organisation[] {
  const parts = files.flatMap((file) => partsOf(file, reader))
  const names = noNames()
  return [...groupBy(parts, ({ name }) => name.toLowerCase()).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { name, input } = first
    const fitting = fittingName(name, names)
    const why = `no VO can be called so; its name is ${showValue(fitting)}`
    if (fitting !== name) reader.notes.changed.push(noteOf(input, `organisation ${showValue(name)}`, why))
    return [readOrganisation({ name, fitting, inputs: [input, ...others.map((part) => part.input)] }, reader)]
  })
}

function partsOf(file: InputFile, { notes, org }: Reader): Part[] {
  const top: Input = { file, path: [], value: file.value }
  const complain = leavingOut(notes, 'the file')
  const fields = entriesOf(top, complain)
  const orgs = fields.get('orgs')
  if (orgs !== undefined) {
    for (const [key, field] of fields)
      if (key !== 'orgs') notes.leftOut.push(noteOf(field, key, 'beside orgs no key is known'))
    return [...entriesOf(orgs, complain)].map(([name, input]) => ({ name, input }))
  }
  if (fields.size === 0) return []
  if (org !== undefined) return [{ name: org, input: top }]
  const message = `Cannot tell whose "${file.file}" is: it has no key "orgs"; name its organisation with --org`
  throw new GuildhallError('IMPORT_REFUSED', message, { facts: { file: file.file } })
}

interface Whole {
  readonly name: string
  readonly fitting: string
  readonly inputs: readonly Input[]
}

function readOrganisation({ name, fitting, inputs }: Whole, { notes, readLogin }: Reader): Organisation {
  const what = `organisation ${showValue(name)}`
  const complain = leavingKeysOut(notes, what)
  const parts = inputs.map((input) => entriesOf(input, complain))
  for (const part of parts) tellKeys(part, complain)
  const first = (key: string) => parts.find((part) => part.has(key))?.get(key)
  const people = readPeople(parts, { reading: { notes, readLogin }, what, roles: ['admins', 'members'] })
  const reading = { notes, readLogin, names: new Map(), teams: new Map(), claimed: new Set<string>() }
  const teams = parts.flatMap((part) => readTeams(part.get('teams'), reading))
  const title = textOf(first('name'), complain)
  const description = paragraphsOf(first('description'), complain)
  const permission = textOf(first('default_repository_permission'), complain)
  return {
    ...{ name: fitting, admins: people.first, members: people.all, teams },
    repositories: parts.flatMap((part) => [...entriesOf(part.get('repos'), complain).keys()]),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(permission !== undefined && permission !== 'none' && { permission }),
  }
}

function tellKeys(part: ReadonlyMap<string, Input>, complain: Complain): void {
  for (const [key, field] of part) {
    if (settings.includes(key)) complain(field, 'settings of GitHub are not kept here')
    else if (!taken.includes(key)) complain(field, `the key is not known${didYouMean(key, taken)}`)
    if (key === 'repos' && field.value !== null)
      complain(field, 'of repositories the names are taken, their settings are not kept here')
  }
}
