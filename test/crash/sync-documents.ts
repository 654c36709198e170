import { document, together, type Beginning, type Step } from './commits.ts'
import type { Slapd } from '../connectors/slapd.ts'

/** An organisation of which nothing is known yet but where its people get what. */
export const syncBeginning: Beginning = {
  deliveries: 2,
  step: {
    message: 'An organisation whose people stand in a directory',
    files: {
      'instance.yaml': instance(),
      'facility.yaml': facility(),
      'teams.yaml': teams({}),
      'vo.yaml': vo({}),
    },
  },
}

/** The sources, one for each question, and the groups below `teams` by one of them. */
export function groupsFrom(slapd: Slapd): Step {
  return {
    message: 'Groups come from the directory',
    files: { 'sources.yaml': sources(slapd), 'teams.yaml': teams({ structure: structure() }) },
  }
}

/** The people of the VO, and who is in its groups, by the other. */
export const peopleFrom: Step = {
  message: 'People come from the directory',
  files: {
    'vo.yaml': vo({ sync: { source: 'people', at: [farFromNow()], groups: { base: 'teams', path: '${groups}' } } }),
  },
}

/** Nothing is due while a trial runs: what runs was asked for. */
function farFromNow(): string {
  return `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:30`
}

function instance(): string {
  return together(
    document('Instance', 'crash', {
      spec: { timeZone: 'UTC', admins: [{ user: 'idp/joan' }], trust: { signatures: 'none' } },
    }),
    document('Source', 'idp', { spec: { type: 'declared', loa: 2 } }),
    document('Attribute', 'user-facility.uid', {
      spec: {
        ...{ type: 'integer', unique: 'facility', read: ['everyone'], write: ['nobody'] },
        generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } },
      },
    }),
    document('Service', 'passwd', { spec: { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] } }),
    document('Service', 'people', { spec: { generator: 'json', requires: ['user.login', 'user.displayName'] } }),
  )
}

function facility(): string {
  const services = { passwd: { options: { homeBase: '/home' } }, people: {} }
  const destinations = [{ name: 'files', services: Object.keys(services), type: 'directory', options: { path: 'hpc' } }]
  return document('Facility', 'hpc', { spec: { services, offers: [{ name: 'main', vo: 'astro' }], destinations } })
}

function vo(more: object): string {
  return together(
    document('VO', 'astro', { spec: { managers: [{ user: 'idp/joan' }], ...more } }),
    document('Resource', 'batch', {
      vo: 'astro',
      spec: { facility: 'hpc', services: ['passwd', 'people'], groups: [{ group: 'teams', subgroups: true }] },
    }),
  )
}

function teams(more: object): string {
  return document('Group', 'teams', { vo: 'astro', spec: { allowEmpty: true, ...more } })
}

function structure(): object {
  return { source: 'units', at: [farFromNow()], key: '${entryUUID}', name: '${cn}', absent: { runs: 2 } }
}

function sources({ url, reader, baseDn }: Slapd): string {
  const server = { url, bindDn: reader.dn, password: { secret: 'bind' }, pageSize: 50 }
  const [people, groups] = [`ou=people,${baseDn}`, `ou=groups,${baseDn}`]
  return together(
    document('Source', 'people', {
      spec: {
        ...{ type: 'ldap', loa: 2, vos: ['astro'] },
        options: { ...server, baseDn: people, attributes: ['uid', 'cn', 'mail'], groupsFrom: { baseDn: groups } },
        attributes: { 'user.login': '${uid}', 'user.displayName': '${cn}', 'user.email': '${mail}' },
      },
    }),
    document('Source', 'units', {
      spec: {
        ...{ type: 'ldap', vos: ['astro'] },
        options: { ...server, baseDn: groups, filter: '(objectClass=groupOfNames)', attributes: ['cn', 'entryUUID'] },
      },
    }),
  )
}
