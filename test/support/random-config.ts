import fc from 'fast-check'
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
} from './builders.ts'

const vos = ['astro', 'bio']
const groupNames = ['g', 'g:x', 'g:x:y', 'h', 'h:x', 'k']
/** Attributes whose values follow from others. */
export const derivedNames = ['user.tier', 'user.mark', 'member.pass', 'member.card']
const identities = ['idp/a', 'idp/b', 'idp/c', 'idp/d', 'idp/e', 'idp/f']

/** Once in so many times a value, else none. */
function seldom<T>(times: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 1, arbitrary: value }, { weight: times - 1, arbitrary: fc.constant(undefined) })
}

/** Some end long before or long after the moment of these plans. */
const date = seldom(3, fc.constantFrom('2019-03-31', '2020-02-29', '2090-01-01'))

const members = fc.option(
  fc.subarray(identities).chain((chosen) =>
    fc.array(date, { minLength: chosen.length, maxLength: chosen.length }).map((dates) =>
      chosen.map((user, index): Member => {
        const expires = dates[index]
        return expires === undefined ? user : { user, expires }
      }),
    ),
  ),
  { nil: undefined },
)

/** Of VOs, groups and resources; most have none. */
const ending = seldom(6, fc.constantFrom('2019-03-31', '2090-01-01'))

/** Of VOs, groups and offers; a VO in which git names more people than that stays as it was. */
const places = seldom(8, fc.integer({ min: 2, max: 6 }))

const withPlaces = (maxMembers: number | undefined) => (maxMembers === undefined ? {} : { maxMembers })

const withEnding = (expires: string | undefined) => (expires === undefined ? {} : { expires })

interface RandomGroup {
  readonly name: string
  readonly members: readonly Member[] | undefined
  readonly includes: readonly string[]
  readonly isExclusive: boolean
  readonly previously: readonly string[]
  readonly hasNumber: boolean
  readonly where: string | undefined
  readonly expires: string | undefined
  readonly maxMembers: number | undefined
  readonly maxByRule: number | undefined
}

/** As few numbers as there are groups, so that they change hands from one configuration to the next. */
const numbers = fc.shuffledSubarray(
  groupNames.map((_, index) => index + 1),
  { minLength: groupNames.length },
)

/** Only groups of later names are asked for, so that no rule depends on itself. */
const rule = (name: string): fc.Arbitrary<string | undefined> =>
  fc.option(
    fc.constantFrom(
      ...['has(user.email)', "user.number in ['1', '2']", "user.phone == '555'", "'git/a' in user.identities"],
      ...["user.tier == 'gold'", 'has(user.mark)', "member.pass == 'xgold'", "member.pass == 'nonegold'"],
      ...['user.loas.exists(l, l >= 2)', "user.identities.exists(i, i > 'idp/d')", "user.login.matches('^a+$')"],
      ...groupNames
        .filter((other) => other > name)
        .flatMap((other) => [`'astro/${other}' in user.groups`, `!('bio/${other}' in user.groups)`]),
    ),
    { nil: undefined, freq: 2 },
  )

const randomGroup = (name: string): fc.Arbitrary<RandomGroup> =>
  fc.record({
    name: fc.constant(name),
    members,
    // Names are in order, and only later ones that are not below are included: no cycle.
    includes: fc.subarray(groupNames.filter((other) => other > name && !other.startsWith(`${name}:`))),
    isExclusive: fc.boolean(),
    previously: fc.subarray(
      groupNames.filter((other) => other !== name),
      { maxLength: 1 },
    ),
    hasNumber: fc.boolean(),
    where: rule(name),
    expires: ending,
    maxMembers: places,
    maxByRule: seldom(3, fc.integer({ min: 1, max: 4 })),
  })

const groups = (voName: string): fc.Arbitrary<Document[]> =>
  fc.tuple(fc.subarray(groupNames), fc.tuple(...groupNames.map(randomGroup)), numbers).map(([chosen, all, given]) => {
    const present = new Set(
      chosen.filter((name) =>
        name.split(':').every((_, index, parts) => chosen.includes(parts.slice(0, index + 1).join(':'))),
      ),
    )
    const former = new Set<string>()
    return all
      .filter(({ name }) => present.has(name))
      .map(({ name, includes, isExclusive, previously, hasNumber, where, ...rest }) => {
        const claimed = previously.filter((old) => !former.has(old))
        for (const old of claimed) former.add(old)
        const known = includes.filter((other) => present.has(other))
        return group(`${voName}/${name}`, {
          ...(rest.members === undefined ? {} : { members: rest.members }),
          ...(known.length === 0 ? {} : { includes: known }),
          ...(isExclusive ? { exclusive: true } : {}),
          ...(where === undefined ? {} : { where }),
          ...withEnding(rest.expires),
          ...withPlaces(where === undefined ? rest.maxMembers : rest.maxByRule),
          // Each VO has its own: from a later VO to an earlier one a number does not pass in one commit.
          ...(hasNumber ? { attributes: { number: `${voName} ${given[groupNames.indexOf(name)] ?? 0}` } } : {}),
          previously: claimed,
        })
      })
  })

/** Derived from each other, with other expressions each time; some values do not fit their schema, many would be the same. */
const derived = fc
  .record({
    tier: fc.constantFrom(
      ...[
        "user.number == '1' ? 'gold' : 'tin'",
        "has(user.email) ? 'gold' : user.login",
        "user.phone == '555' ? 'gold' : 'tin'",
      ],
    ),
    hasSchema: fc.boolean(),
    mark: fc.constantFrom('user.tier', 'user.tier + user.number', 'user.tier + user.phone', "'only'"),
    markIsUnique: fc.boolean(),
    pass: fc.constantFrom('member.badge + user.tier', 'member.badge + user.mark'),
    card: fc.constantFrom('member.badge', 'member.pass', 'user.tier + member.badge'),
    cardIsUnique: fc.constantFrom(false, true, 'vo' as const),
  })
  .map(({ tier, hasSchema, mark, markIsUnique, pass, card, cardIsUnique }) => [
    attribute('user.tier', {
      type: 'string',
      derive: tier,
      ...(hasSchema ? { schema: { enum: ['gold', 'aaa'] } } : {}),
    }),
    attribute('user.mark', { type: 'string', derive: mark, unique: markIsUnique }),
    attribute('member.pass', { type: 'string', derive: pass }),
    attribute('member.card', { type: 'string', derive: card, unique: cardIsUnique }),
  ])

const resourceOptions = fc.record({
  isThere: fc.boolean(),
  facility: fc.constantFrom('hpc', 'store'),
  groups: fc.subarray([...groupNames, 'members', 'astro/g', 'astro/members'], { maxLength: 3 }),
  services: fc.subarray(['passwd', 'keys']),
  expires: ending,
})

const requirements = fc.record(
  {
    attributes: fc.subarray(['user.email', 'member.badge', ...derivedNames], { maxLength: 3 }),
    loa: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  },
  { requiredKeys: [] },
)

/** Sightings of these configurations are of long ago. */
const sourceOptions = fc.record({ loa: fc.nat(3), validFor: fc.constantFrom('P1Y', 'P100Y') }, { requiredKeys: [] })

/** Acceptances of these configurations are of long ago; who has no grace needs one. */
const termsOptions = fc.option(
  fc
    .record(
      {
        version: fc.constantFrom('1', '2'),
        grace: fc.constant('P200Y'),
        resignEvery: fc.constantFrom('P1Y', 'P100Y'),
      },
      { requiredKeys: ['version'] },
    )
    .map((terms) => ({ file: 'terms.md', text: `Terms ${terms.version}`, sha256: terms.version, ...terms })),
  { nil: undefined },
)

const voDocuments = (name: string): fc.Arbitrary<Document[]> =>
  fc
    .tuple(
      seldom(4, fc.constant(true)),
      requirements,
      members,
      groups(name),
      fc.tuple(fc.boolean(), ending, places),
      termsOptions,
    )
    .map(([isGone, requires, own, below, [isExclusive, expires, maxMembers], terms]) => {
      if (isGone === true) return []
      const options = {
        requires,
        ...withEnding(expires),
        ...withPlaces(maxMembers),
        ...(terms === undefined ? {} : { terms }),
        ...(own === undefined ? {} : { members: own }),
        ...(isExclusive ? { exclusive: true } : {}),
      }
      return [vo(name, options), ...below]
    })

const offer = (name: string) =>
  fc
    .tuple(fc.option(fc.subarray([0, 1, 2, 3], { minLength: 1 }), { nil: undefined }), places)
    .map(([loa, maxMembers]) => ({ name, vo: name, ...(loa === undefined ? {} : { loa }), ...withPlaces(maxMembers) }))

const offers = fc.option(
  fc.tuple(...vos.map((name) => fc.option(offer(name)))).map((made) => made.flatMap((one) => one ?? [])),
  { nil: undefined },
)

const users = fc
  .tuple(fc.subarray(['first', 'second', 'third']), fc.shuffledSubarray(['1', '2', '3'], { minLength: 3 }))
  .map(([chosen, [one = '', two = '', three = '']]) =>
    [
      user('first', { identities: ['idp/a', 'git/a'], attributes: { login: 'aaa', number: one } }),
      user('second', { identities: ['git/b', 'idp/b'], attributes: { email: 'b@example.org', number: two } }),
      user('third', { identities: ['idp/c'], attributes: { login: 'ccc', email: 'c@example.org', number: three } }),
    ].filter(({ object }) => chosen.includes(object.name)),
  )

/** What nobody lacks, as there is a default. */
const defaults = fc.subarray(['member.badge', 'member-group.shift'])

/** A small organisation whose references all lead somewhere. */
export const randomConfig: fc.Arbitrary<Document[]> = fc
  .tuple(
    fc.tuple(fc.tuple(...vos.map(voDocuments)), fc.tuple(sourceOptions, sourceOptions), defaults, derived),
    ...([offers, fc.array(resourceOptions, { minLength: 4, maxLength: 4 }), users] as const),
  )
  .map(([[ofVos, [ofIdp, ofGit], defaulted, ofDerived], offered, resources, described]) => {
    const documents = ofVos.flat()
    const known = new Set(
      documents.map(({ object }) =>
        object.vo === undefined ? `${object.name}/members` : `${object.vo}/${object.name}`,
      ),
    )
    const placed = resources.flatMap(({ isThere, groups: chosen, expires, ...options }, index) => {
      const voName = vos[index % 2] ?? ''
      if (!isThere || !known.has(`${voName}/members`)) return []
      const present = chosen.filter((name) => known.has(name.includes('/') ? name : `${voName}/${name}`))
      return [resource(`${voName}/r${index}`, { ...options, ...withEnding(expires), groups: present })]
    })
    return [
      ...[instance(), source('idp', ofIdp), source('git', ofGit), attribute('user.phone', { type: 'string' })],
      ...['user.number', 'group.number'].map((name) => attribute(name, { type: 'string', unique: true })),
      ...['member.badge', 'member-group.shift', 'member-resource.quota', 'user-facility.room'].map((name) =>
        attribute(name, { type: 'string', ...(defaulted.includes(name) ? { default: 'none' } : {}) }),
      ),
      ...ofDerived,
      service('passwd', { requires: ['user.login', 'user-facility.room'] }),
      service('keys', { requires: ['member-resource.quota', 'member-group.shift', 'user.mark'] }),
      facility('hpc', { services: { passwd: {}, keys: {} }, ...(offered === undefined ? {} : { offers: offered }) }),
      facility('store', { services: { passwd: {}, keys: {} } }),
      ...described,
      ...documents,
      ...placed,
    ]
  })
