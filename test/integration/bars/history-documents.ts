import {
  attribute,
  facility,
  group,
  instance,
  resource,
  service,
  source,
  user,
  vo,
  type Document,
  type Member,
} from '../../support/builders.ts'

/** Of the instance: the day there is not always that of UTC. */
export const zone = 'Europe/Prague'

/** What git says of the VO and its groups. */
interface Wanted {
  readonly former: string
  /** Who may have guests. */
  readonly sponsoring: readonly string[]
  readonly membersOf: (place: number) => Member[]
  readonly names: readonly string[]
  readonly formerNames: readonly string[]
  readonly isExclusive: boolean
}

/** Lists what git says. */
export function documents(name: string, wanted: Wanted): Document[] {
  const { former, sponsoring: named, membersOf, names, formerNames, isExclusive } = wanted
  const [, first = '', second = '', third = ''] = names
  const [, firstWas = '', secondWas = ''] = formerNames
  const continuing = (is: string, was: string): object => (is === was ? {} : { previously: [was] })
  const open = { allowEmpty: true, expiration: { extendBy: 'P2M', removeAfter: 'P1M' } }
  return [
    instance({ guard: { remove: '100%', people: 100_000 }, timeZone: zone }),
    source('idp'),
    source('hr'),
    attribute('user-facility.uid', {
      ...{ type: 'integer', unique: 'facility' },
      generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } },
    }),
    service('passwd', { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] }),
    ...['root', 'ann', 'ben', 'cid', 'fay'].map((login) =>
      user(login, { identities: [`idp/${login}`], attributes: { login, email: `${login}@example.org` } }),
    ),
    // Dot lacks what the VO requires, Eve what the service does.
    user('dot', { identities: ['idp/dot'], attributes: { login: 'dot' } }),
    user('eve', { identities: ['idp/eve'], attributes: { email: 'eve@example.org' } }),
    facility('hpc', { services: { passwd: {} }, offers: [{ name: 'main', vo: name }] }),
    vo(name, {
      previously: [former],
      sponsors: [...named.map((one) => ({ user: one })), { group: third }],
      requires: { attributes: ['user.email'] },
      expiration: { extendBy: 'P3M', window: 'P1M', disableAfter: 'P2M', deleteAfter: 'P3M' },
      members: membersOf(0),
      ...(isExclusive ? { exclusive: true } : {}),
    }),
    group(`${name}/${first}`, { ...open, ...continuing(first, firstWas), members: membersOf(1) }),
    group(`${name}/${second}`, { ...open, ...continuing(second, secondWas), members: membersOf(2) }),
    group(`${name}/${third}`, { ...open, includes: [first], members: membersOf(3) }),
    // By this rule somebody may be in the VO through a row that does not hold them there.
    group(`${name}/ruled`, { allowEmpty: true, where: `'${name}/${first}' in user.groups` }),
    resource(`${name}/r`, { services: ['passwd'], groups: [third] }),
    resource(`${name}/s`, { services: ['passwd'], groups: [second] }),
  ]
}
