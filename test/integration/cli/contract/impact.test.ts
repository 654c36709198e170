import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { compareText } from '../../../../core/model/compare.ts'
import type { AccessDelta, Impact } from '../../../../core/model/plan.ts'
import type { State } from '../../../../core/model/state.ts'
import { loadState } from '../../../../store/index.ts'
import { naiveAccess } from '../../../support/naive-access.ts'
import { edited, twoVos, type Files } from './config.ts'
import { openContractWorld, type ContractWorld } from './world.ts'

const groups = 'astro/vo.yaml'
const resources = 'astro/resources.yaml'
const people = 'instance/people.yaml'
const eve =
  'apiVersion: guildhall/v1\nkind: User\nmetadata: { name: eve }\nspec: { identities: [idp/eve], attributes: { login: eve } }\n'

/** One person's access to one resource, written shortly: `ada astro/batch hpc`. */
type Short = string

interface Case {
  readonly name: string
  readonly files: Files
  readonly gained: readonly Short[]
  readonly lost: readonly Short[]
}

const cases: readonly Case[] = [
  {
    name: 'a member of a group below a group below the assigned one',
    files: edited(twoVos, groups, ['members: [idp/cyd, idp/ada]', 'members: [idp/gil, idp/ada]']),
    gained: ['gil astro/batch hpc'],
    lost: ['cyd astro/batch hpc'],
  },
  {
    name: 'a member held by two ways, who keeps access by the other one',
    files: edited(twoVos, groups, [
      'spec: { members: [idp/ada], allowEmpty: true }',
      'spec: { members: [], allowEmpty: true }',
    ]),
    gained: [],
    lost: [],
  },
  {
    name: 'an include that goes, with everybody below the included group',
    files: edited(twoVos, groups, [', includes: [engineers]', '']),
    gained: [],
    lost: ['dan astro/batch hpc'],
  },
  {
    name: 'an include that comes',
    files: edited(twoVos, groups, ['spec: { members: [] }', 'spec: { members: [], includes: [telescope:operators] }']),
    gained: ['bob astro/quiet hpc', 'cyd astro/quiet hpc', 'ada astro/quiet hpc', 'dan astro/quiet hpc'],
    lost: [],
  },
  {
    name: 'a subgroup assigned with its parent',
    files: edited(twoVos, groups, [
      'name: engineers:on-call }\nspec: { members: [idp/dan]',
      'name: engineers:on-call }\nspec: { members: [idp/gil]',
    ]),
    gained: ['gil astro/batch hpc', 'gil astro/consoles hpc', 'gil astro/workshop archive'],
    lost: [],
  },
  {
    name: 'somebody INVALID, who gains nothing',
    files: edited(twoVos, groups, ['spec: { members: [] }', 'spec: { members: [idp/eve, idp/fay] }']),
    gained: [],
    lost: [],
  },
  {
    name: 'somebody INVALID, who gets what was missing',
    files: { ...twoVos, 'instance/eve.yaml': eve },
    gained: ['eve astro/batch hpc', 'eve astro/consoles hpc', 'eve astro/lounge archive', 'eve astro/workshop archive'],
    lost: [],
  },
  {
    name: 'somebody VALID, who loses what the VO requires',
    files: edited(twoVos, people, ['login: bob, email: bob@example.org', 'login: bob']),
    gained: [],
    lost: ['bob history/room archive'],
  },
  {
    name: 'a VO that requires what nobody new lacks',
    files: edited(twoVos, 'history/vo.yaml', [
      'requires: { attributes: [user.email] }',
      'requires: { attributes: [] }',
    ]),
    gained: [],
    lost: [],
  },
  {
    name: 'two VOs at once, one person in both',
    files: edited(
      edited(twoVos, 'history/vo.yaml', ['members: [idp/bob, idp/hal]', 'members: [idp/hal, idp/ada]']),
      groups,
      ['spec: { members: [] }', 'spec: { members: [idp/ada] }'],
    ),
    gained: ['ada astro/quiet hpc', 'ada history/room archive'],
    lost: ['bob history/room archive'],
  },
  {
    name: 'a resource that goes to another facility',
    files: edited(twoVos, resources, [
      '{ facility: archive, services: [names], groups: [engineers] }',
      '{ facility: hpc, services: [names], groups: [engineers] }',
    ]),
    gained: ['dan astro/workshop hpc'],
    lost: ['dan astro/workshop archive'],
  },
  {
    name: 'a resource that gets into its offer',
    files: edited(twoVos, 'instance/facilities.yaml', ['vo: astro, services: [names] }', 'vo: astro }']),
    gained: [
      'ada astro/beyond archive',
      'bob astro/beyond archive',
      'cyd astro/beyond archive',
      'dan astro/beyond archive',
    ],
    lost: [],
  },
  {
    name: 'a resource that gets out of its offer',
    files: edited(twoVos, 'instance/facilities.yaml', [
      'vo: astro, services: [people, names] }',
      'vo: astro, services: [people] }',
    ]),
    gained: [],
    lost: ['dan astro/consoles hpc'],
  },
  {
    name: 'a list that git no longer governs',
    files: edited(twoVos, 'history/vo.yaml', ['members: [idp/gil], ', '']),
    gained: [],
    lost: [],
  },
  {
    name: 'a renamed VO with everything in it',
    files: Object.fromEntries(
      Object.entries(twoVos).map(([file, text]) => [
        file,
        text
          .replaceAll('history', 'annals')
          .replace(
            'kind: VO\nmetadata: { name: annals }',
            'kind: VO\nmetadata: { name: annals, previously: [history] }',
          ),
      ]),
    ),
    gained: [],
    lost: [],
  },
]

describe('the impact of a plan', () => {
  let world: ContractWorld
  beforeEach(async () => {
    world = await openContractWorld()
    await world.apply(twoVos)
  })
  afterEach(async () => world.close())

  it.each(cases)('is complete and exact, and comes true: $name', async ({ files, gained, lost }) => {
    const before = await state()
    const { exitCode, json } = await world.answer('plan', world.folder(files))
    const { impact } = json as { readonly impact: Impact }
    expect([0, 2, 3]).toContain(exitCode)
    await world.apply(files)
    const after = await state()

    expect(impact).toEqual({ gained: gained.map(long).sort(compare), lost: lost.map(long).sort(compare) })
    expect(impact).toEqual({ gained: difference(after, before), lost: difference(before, after) })
  })

  async function state(): Promise<State> {
    return loadState(world.database.pool, { lossesSince: new Date(0) })
  }
})

function long(text: Short): AccessDelta {
  const [user = '', resource = '', facility = ''] = text.split(' ')
  const [vo = '', name = ''] = resource.split('/')
  return { user: `idp/${user}`, vo, resource: name, facility }
}

/** What is in one state and not in the other, found by trying everybody on everything. */
function difference(from: State, other: State): AccessDelta[] {
  const known = new Set(naiveAccess(other).map((pair) => JSON.stringify(pair)))
  const objects = new Map(from.objects.map((object) => [`${object.kind} ${object.id}`, object]))
  const names = new Map(from.people.map(({ id, identities }) => [id, identities[0] ?? '']))
  return naiveAccess(from)
    .filter((pair) => !known.has(JSON.stringify(pair)))
    .map(({ user, resource, facility }) => ({
      user: names.get(user) ?? '',
      vo: objects.get(`Resource ${resource}`)?.vo ?? '',
      resource: objects.get(`Resource ${resource}`)?.name ?? '',
      facility: objects.get(`Facility ${facility}`)?.name ?? '',
    }))
    .sort(compare)
}

function compare(a: AccessDelta, b: AccessDelta): number {
  return (
    compareText(a.user, b.user) ||
    compareText(a.vo, b.vo) ||
    compareText(a.resource, b.resource) ||
    compareText(a.facility, b.facility)
  )
}
