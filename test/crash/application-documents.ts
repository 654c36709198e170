import { document, together, type Beginning } from './commits.ts'

/** Who decides: first the one, or another once it has waited for five days, then two of the managers; and who may stand in. */
export const staff = {
  first: 'idp/ada',
  other: 'idp/joan',
  managers: ['idp/grace', 'idp/henrietta'],
  substitute: 'idp/vera',
} as const

/** Who is known from the beginning, with an address. */
const known = ['ada', 'grace', 'henrietta', 'joan', 'vera'] as const

/** An organisation that people apply to: confirmed addresses, two steps, a group, more time. */
export const applicationBeginning: Beginning = {
  deliveries: 1,
  step: {
    message: 'An organisation that people apply to',
    files: {
      'instance.yaml': instance(zoneWithNoonAt(new Date())),
      'people.yaml': together(...known.map(user)),
      'facility.yaml': facility(),
      'vo.yaml': vo(),
      'forms.yaml': forms(),
    },
  },
}

function instance(timeZone: string): string {
  return together(
    document('Instance', 'crash', {
      spec: { timeZone, admins: [{ user: staff.other }], trust: { signatures: 'none' } },
    }),
    document('Source', 'idp', { spec: { type: 'declared', loa: 2 } }),
    document('Attribute', 'user-facility.uid', {
      spec: {
        ...{ type: 'integer', unique: 'facility', read: ['everyone'], write: ['nobody'] },
        generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } },
      },
    }),
    document('Service', 'people', { spec: { generator: 'json', requires: ['user.login', 'user-facility.uid'] } }),
  )
}

/** Once a day, in the morning, people are told what waits for them: no morning comes while a trial runs. */
function zoneWithNoonAt(now: Date): string {
  const hours = 12 - now.getUTCHours()
  return `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
}

function user(name: string): string {
  const attributes = { login: name, email: `${name}@example.org` }
  return document('User', name, { spec: { identities: [`idp/${name}`], attributes } })
}

function facility(): string {
  const destinations = [{ name: 'files', services: ['people'], type: 'directory', options: { path: 'hpc' } }]
  const owners = [{ name: 'Computing centre', email: 'hpc@example.org' }]
  return document('Facility', 'hpc', { spec: { owners, services: { people: {} }, destinations } })
}

function vo(): string {
  const managers = staff.managers.map((name) => ({ user: name }))
  return together(
    document('VO', 'astro', { spec: { managers, expiration: { extendBy: 'P1Y' } } }),
    document('Group', 'board', { vo: 'astro', spec: {} }),
    document('Resource', 'batch', {
      vo: 'astro',
      spec: { facility: 'hpc', services: ['people'], groups: ['members'] },
    }),
  )
}

function forms(): string {
  const steps = [{ by: { user: staff.first }, escalateAfter: 'P5D', escalateTo: { user: staff.other } }]
  const form = (name: string, spec: object) => document('Form', name, { vo: 'astro', spec })
  return together(
    form('join', {
      for: 'initial',
      items: [
        { name: 'login', type: 'login', required: true, fills: 'user.login' },
        { name: 'email', type: 'verified-email', required: true, fills: 'user.email' },
        { name: 'why', type: 'text' },
      ],
      approval: { steps: [...steps, { by: 'managers', quorum: 2 }], remindAfter: 'P3D', rejectAfter: 'P60D' },
    }),
    form('board', { for: 'initial', group: 'board', items: [] }),
    form('longer', { for: 'extension', items: [] }),
  )
}
