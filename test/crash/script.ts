import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dayOf } from '../../core/lifecycle/zones.ts'
import { run } from '../../worker/embedded/processes.ts'

/** A commit of the script: the files it writes, those it takes away, and what it is about. */
export interface Step {
  readonly message: string
  readonly files: Readonly<Record<string, string>>
  readonly gone?: readonly string[]
  /** The guard holds the VO back until somebody approves. */
  readonly isHeld?: true
}

const people = ['ada', 'alan', 'annie', 'cecilia', 'edwin', 'grace', 'henrietta', 'joan', 'vera', 'williamina'] as const
const newcomers = ['katherine', 'margaret', 'rosalind'] as const

/** What every run begins with. */
export const beginning: Step = {
  message: 'A small organisation',
  files: {
    'instance.yaml': instance('Etc/GMT+12'),
    'facilities.yaml': facilities('/home'),
    'telephone.yaml': document('Attribute', 'user.telephone', { spec: { type: 'string' } }),
    'people.yaml': together(...people.map(user)),
    'vo.yaml': together(document('VO', 'astro', { spec: { managers: [{ user: 'idp/ada' }] } }), resources()),
    'groups.yaml': groups([...people].slice(0, 8), ['vera', 'williamina']),
  },
}

/** It has come in the east, and not in the west for two hours at least. */
const somewhereToday = dayOf(new Date(), 'Pacific/Kiritimati')

/** Each touches what one transaction writes, so that a delivered file is never between two of them. */
export const script: readonly Step[] = [
  {
    message: 'Three more people',
    files: {
      'newcomers.yaml': together(...newcomers.map(user)),
      'groups.yaml': groups([...people.slice(0, 8), ...newcomers], ['vera', 'williamina']),
    },
  },
  {
    message: 'Alan moves to the guests, and the groups to another file',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan'),
        ['alan', 'vera', 'williamina'],
      ),
    },
    gone: ['groups.yaml'],
  },
  {
    message: 'Edwin leaves',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan' && name !== 'edwin'),
        ['alan', 'vera', 'williamina'],
      ),
    },
  },
  {
    message: 'The guests go',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan' && name !== 'edwin'),
        [],
      ),
    },
    isHeld: true,
  },
  {
    message: 'Home directories lie elsewhere, and nobody asks for telephone numbers any more',
    files: { 'facilities.yaml': facilities('/storage/home') },
    gone: ['telephone.yaml'],
  },
  {
    message: 'Henrietta stays until a day that comes first in the east',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan' && name !== 'edwin'),
        [],
        { henrietta: somewhereToday },
      ),
    },
  },
  {
    message: 'Days begin in the east',
    files: { 'instance.yaml': instance('Pacific/Kiritimati') },
  },
]

/** Writes a step into the repository and commits it; gives the commit. */
export async function commit(repository: string, { message, files, gone = [] }: Step): Promise<string> {
  mkdirSync(repository, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, name), text)
  for (const name of gone) rmSync(join(repository, name))
  await git(repository, ['add', '--all'])
  await git(repository, ['commit', '--quiet', '--message', message])
  return (await git(repository, ['rev-parse', 'HEAD'])).trim()
}

export async function makeRepository(repository: string): Promise<void> {
  mkdirSync(repository, { recursive: true })
  await git(repository, ['init', '--quiet', '--initial-branch=main'])
}

async function git(repository: string, words: readonly string[]): Promise<string> {
  const names = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const author = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@localhost' }
  const committer = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@localhost' }
  const env = { ...process.env, ...names, ...author, ...committer }
  return (await run('git', [...words], { cwd: repository, env })).stdout
}

/** JSON is YAML. */
function document(kind: string, name: string, rest: { readonly vo?: string; readonly spec: object }): string {
  const metadata = rest.vo === undefined ? { name } : { vo: rest.vo, name }
  return `${JSON.stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec: rest.spec })}\n`
}

function instance(timeZone: string): string {
  const number = { type: 'integer', unique: 'facility', read: ['everyone'], write: ['nobody'] }
  return together(
    document('Instance', 'crash', {
      spec: {
        namespace: 'urn:geant:example.org',
        authority: 'guildhall.example.org',
        timeZone,
        admins: [{ user: 'idp/joan' }],
        trust: { signatures: 'none' },
      },
    }),
    document('Source', 'idp', { spec: { type: 'declared', loa: 2 } }),
    document('Attribute', 'user-facility.uid', {
      spec: { ...number, generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } } },
    }),
    document('Service', 'passwd', { spec: { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] } }),
    document('Service', 'people', { spec: { generator: 'json', requires: ['user.login'] } }),
  )
}

function user(name: string): string {
  return document('User', name, { spec: { identities: [`idp/${name}`], attributes: { login: name } } })
}

function groups(
  staff: readonly string[],
  guests: readonly string[],
  dates: Readonly<Record<string, string>> = {},
): string {
  const group = (name: string, members: readonly string[]) =>
    document('Group', name, {
      vo: 'astro',
      spec: { members: members.map((name) => ({ user: `idp/${name}`, expires: dates[name] })) },
    })
  return together(group('staff', staff), group('guests', guests))
}

function resources(): string {
  const resource = (name: string, facility: string, rest: object) =>
    document('Resource', name, { vo: 'astro', spec: { facility, ...rest } })
  return together(
    resource('batch', 'hpc', { services: ['passwd', 'people'], groups: ['staff'] }),
    resource('plates', 'archive', { services: ['people'], groups: ['staff', 'guests'] }),
  )
}

function facilities(homeBase: string): string {
  const facility = (name: string, services: object) => {
    const destinations = [
      { name: 'files', services: Object.keys(services), type: 'directory', options: { path: name } },
    ]
    return document('Facility', name, { spec: { services, offers: [{ name: 'main', vo: 'astro' }], destinations } })
  }
  return together(
    facility('hpc', { passwd: { options: { homeBase } }, people: {} }),
    facility('archive', { people: {} }),
  )
}

function together(...documents: readonly string[]): string {
  return documents.join('---\n')
}
