import { stringify } from 'yaml'
import type { RustAccess, RustData, RustTeam } from './read.ts'

const vo = 'rust'
const source = 'github'

/** Turns the Rust project's teams into the files of a configuration repository, by path. */
export function rustConfigFiles(data: RustData): Map<string, string> {
  const paths = groupPaths(data.teams)
  const orgs = [...new Set(data.access.map(({ org }) => org))].sort()
  const files = new Map<string, string>([
    ['instance.yaml', yaml(instanceDocuments())],
    ['people.yaml', yaml(userDocuments(data))],
    ['facilities.yaml', yaml(orgs.map(facilityDocument))],
    ['rust/vo.yaml', yaml([voDocument()])],
    ['rust/people.csv', `identity\n${data.people.map(({ login }) => `${source}/${login}\n`).join('')}`],
  ])
  for (const [top, documents] of groupFiles(data, paths)) files.set(`rust/groups/${top}.yaml`, yaml(documents))
  for (const org of orgs) files.set(`rust/resources/${org}.yaml`, yaml(resourceDocuments(data, { org, paths })))
  return files
}

type Document = Readonly<Record<string, unknown>>

function yaml(documents: readonly Document[]): string {
  return documents.map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n')
}

function document(kind: string, metadata: Document, spec: Document): Document {
  return { apiVersion: 'guildhall/v1', kind, metadata, spec }
}

/** Names a group by its ancestors: `compiler:rust-analyzer`. */
function groupPaths(teams: readonly RustTeam[]): Map<string, string> {
  const parents = new Map(teams.map((team) => [team.name, team.parent]))
  const path = (name: string): string => {
    if (!parents.has(name)) throw new Error(`team "${name}" is named but not in teams.json`)
    const parent = parents.get(name)
    return parent === undefined ? name : `${path(parent)}:${name}`
  }
  return new Map(teams.map(({ name }) => [name, path(name)]))
}

function instanceDocuments(): Document[] {
  return [
    document('Instance', { name: 'rust' }, { timeZone: 'UTC', trust: { signatures: 'none' } }),
    document('Source', { name: source }, { type: 'declared', loa: 1 }),
    document(
      'Attribute',
      { name: 'user-facility.uid' },
      {
        type: 'integer',
        unique: 'facility',
        generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } },
        read: ['everyone'],
        write: ['nobody'],
      },
    ),
    document(
      'Service',
      { name: 'json' },
      { generator: 'json', requires: ['user.login', 'user.displayName', 'user.email'] },
    ),
    document('Service', { name: 'passwd' }, { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] }),
  ]
}

function userDocuments({ people }: RustData): Document[] {
  return people.map(({ login, displayName, email }) =>
    document(
      'User',
      { name: login },
      { identities: [`${source}/${login}`], attributes: { login, displayName, email } },
    ),
  )
}

function facilityDocument(org: string): Document {
  return document(
    'Facility',
    { name: org },
    {
      services: { json: {}, passwd: { options: { homeBase: '/home' } } },
      offers: [{ name: 'main', vo }],
      destinations: [{ name: 'files', services: ['json', 'passwd'], type: 'directory', options: { path: org } }],
    },
  )
}

function voDocument(): Document {
  return document(
    'VO',
    { name: vo, title: 'The Rust project' },
    { managers: [{ group: 'leadership-council' }], membersFrom: 'people.csv' },
  )
}

/** One file for each team at the top, with everything below it. */
function groupFiles({ teams, memberships }: RustData, paths: ReadonlyMap<string, string>): Map<string, Document[]> {
  const members = new Map(teams.map(({ name }): [string, string[]] => [name, []]))
  for (const { team, login } of memberships) members.get(team)?.push(`${source}/${login}`)
  const files = new Map<string, Document[]>()
  const named = teams.map((team) => ({ team, path: paths.get(team.name) ?? team.name }))
  for (const { team, path } of named.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const top = path.split(':')[0] ?? path
    const documents = files.get(top) ?? []
    documents.push(groupDocument(team, { path, members: members.get(team.name) ?? [] }))
    files.set(top, documents)
  }
  return files
}

function groupDocument(team: RustTeam, { path, members }: { path: string; members: readonly string[] }): Document {
  const managers = team.leads.map((login) => ({ user: `${source}/${login}` }))
  return document(
    'Group',
    { vo, name: path, description: team.kind },
    { ...(managers.length > 0 && { managers }), members: [...members].sort() },
  )
}

function resourceDocuments(
  { access }: RustData,
  { org, paths }: { org: string; paths: ReadonlyMap<string, string> },
): Document[] {
  const groups = new Map<string, { row: RustAccess; groups: string[] }>()
  for (const row of access.filter((candidate) => candidate.org === org)) {
    const name = [row.org, row.repo, row.permission].join('.')
    const resource = groups.get(name.toLowerCase()) ?? { row, groups: [] }
    if (resource.row.repo !== row.repo) throw new Error(`"${row.repo}" and "${resource.row.repo}" give one name`)
    resource.groups.push(paths.get(row.team) ?? row.team)
    groups.set(name.toLowerCase(), resource)
  }
  return [...groups.values()].map((resource) => resourceDocument(resource.row, resource.groups))
}

function resourceDocument({ org, repo, permission }: RustAccess, groups: readonly string[]): Document {
  return document(
    'Resource',
    { vo, name: [org, repo, permission].join('.') },
    {
      facility: org,
      services: ['json', 'passwd'],
      groups: [...groups].sort(),
      capabilities: [`res:${org}:${repo}:act:${permission}`],
      tags: [permission],
    },
  )
}
