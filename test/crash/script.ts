import { dayOf } from '../../core/lifecycle/zones.ts'
import { document, together, type Beginning, type Step } from './commits.ts'

const people = ['ada', 'alan', 'annie', 'cecilia', 'edwin', 'grace', 'henrietta', 'joan', 'vera', 'williamina'] as const
const newcomers = ['katherine', 'margaret', 'rosalind'] as const

const deliveries = 3

/** What every run begins with. */
export const beginning: Beginning = {
  deliveries,
  step: {
    message: 'A small organisation',
    files: {
      'instance.yaml': instance('Etc/GMT+12'),
      'facilities.yaml': facilities('/home'),
      'telephone.yaml': document('Attribute', 'user.telephone', { spec: { type: 'string' } }),
      'people.yaml': together(...people.map(user)),
      'vo.yaml': together(document('VO', 'astro', { spec: { managers: [{ user: 'idp/ada' }] } }), resources()),
      'groups.yaml': groups([...people].slice(0, 8), ['vera', 'williamina']),
    },
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
    message: 'Rosalind is a guest too',
    files: { 'groups.yaml': groups([...people.slice(0, 8), ...newcomers], ['rosalind', 'vera', 'williamina']) },
  },
  {
    message: 'Alan moves to the guests, and the groups to another file',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan'),
        ['alan', 'rosalind', 'vera', 'williamina'],
      ),
    },
    gone: ['groups.yaml'],
  },
  {
    message: 'Edwin leaves',
    files: {
      'teams.yaml': groups(
        [...people.slice(0, 8), ...newcomers].filter((name) => name !== 'alan' && name !== 'edwin'),
        ['alan', 'rosalind', 'vera', 'williamina'],
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
    delivers: false,
  },
  {
    message: 'Days begin in the east',
    files: { 'instance.yaml': instance('Pacific/Kiritimati') },
  },
]

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
