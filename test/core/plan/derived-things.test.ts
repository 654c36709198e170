import { describe, expect, it } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import { planChanges } from '../../../core/plan/plan-changes.ts'
import {
  anyValueFits,
  attribute,
  desire,
  facility,
  group,
  inForce,
  instance,
  resource,
  vo,
  type Document,
} from '../../support/builders.ts'
import { asOf } from '../../support/plan.ts'

const definitions = [
  ...[attribute('vo.short', { type: 'string' }), attribute('resource.quotaGiB', { type: 'integer' })],
  attribute('facility.scale', { type: 'integer', default: 1 }),
  attribute('group.label', { type: 'string' }),
  attribute('group.unixName', { type: 'string', derive: "vo.short + '_' + group.label", unique: true }),
  attribute('resource.quotaMiB', { type: 'integer', derive: 'resource.quotaGiB * 1024 * facility.scale' }),
  attribute('vo.shout', { type: 'string', derive: 'vo.short.upperAscii()' }),
  attribute('host.site', { type: 'string', derive: "facility.scale == 1 ? 'small' : 'large'" }),
  attribute('group-resource.path', { type: 'string', derive: "'/' + vo.shout + '/' + group.unixName" }),
]

const world = (scale?: number): Document[] => [
  instance(),
  ...definitions,
  facility('hpc', { hosts: [{ name: 'login1' }], ...(scale === undefined ? {} : { attributes: { scale } }) }),
  vo('astro', { attributes: { short: 'as' } }),
  group('astro/g', { attributes: { label: 'ops' } }),
  group('astro/bare'),
  resource('astro/disk', { groups: ['g', 'bare'], attributes: { quotaGiB: 2 } }),
]

/** The same with every derived value given, as it is kept. */
const kept = (scale?: number): Document[] => [
  instance(),
  ...definitions,
  facility('hpc', {
    hosts: [{ name: 'login1', attributes: { site: scale === undefined ? 'small' : 'large' } }],
    ...(scale === undefined ? {} : { attributes: { scale } }),
  }),
  vo('astro', { attributes: { short: 'as', shout: 'AS' } }),
  group('astro/g', { attributes: { label: 'ops', unixName: 'as_ops' } }),
  group('astro/bare'),
  resource('astro/disk', {
    groups: [{ group: 'g', attributes: { path: '/AS/as_ops' } }, 'bare'],
    attributes: { quotaGiB: 2, quotaMiB: 2048 * (scale ?? 1) },
  }),
]

function plan(before: readonly Document[], after: readonly Document[], staying: readonly 'instance'[] = []): Plan {
  return planChanges(inForce(...before), desire(...after), { compileSchema: anyValueFits, asOf, kept: staying })
}

function changed({ changes }: Plan): unknown[] {
  return changes.map((change) => [
    `${change.action} ${change.kind} ${change.name}`,
    'want' in change && change.want.spec,
  ])
}

describe('derived values of things', () => {
  it('are planned as if git gave them, each after those it is derived from', () => {
    const { changes, findings } = plan([], world())

    const specs = new Map(
      changes.map((change) => [`${change.kind} ${change.name}`, 'want' in change && change.want.spec]),
    )
    const wanted = kept().map(({ object }) => [`${object.kind} ${object.name}`, object.spec] as const)
    expect(Object.fromEntries(specs)).toEqual(Object.fromEntries(wanted))
    expect(findings).toEqual([])
  })

  it('are no change once they are kept', () => {
    expect(plan(kept(), world()).changes).toEqual([])
  })

  it('follow what they are derived from, in another scope too', () => {
    expect(changed(plan(kept(), world(3)))).toEqual([
      ['change Facility hpc', { attributes: { scale: 3 }, hosts: [{ name: 'login1', attributes: { site: 'large' } }] }],
      ['change Resource disk', expect.objectContaining({ attributes: { quotaGiB: 2, quotaMiB: 6144 } })],
    ])
  })

  it('stay with a scope that stays as it is', () => {
    expect(plan(kept(), world(3), ['instance']).changes).toEqual([])
  })

  it('go with the expression', () => {
    const without = world().map((one) =>
      one.object.name === 'group.unixName' ? attribute('group.unixName', { type: 'string' }) : one,
    )

    expect(changed(plan(kept(), without))).toContainEqual(['change Group g', { attributes: { label: 'ops' } }])
  })

  it('that cannot be computed are none, with a warning at what lacks them', () => {
    const failing = attribute('resource.quotaMiB', { type: 'integer', derive: '1 / (resource.quotaGiB - 2)' })
    const { changes, findings } = plan(
      [],
      world().map((one) => (one.object.name === 'resource.quotaMiB' ? failing : one)),
    )

    expect(changes.find(({ kind }) => kind === 'Resource')).toMatchObject({
      want: { spec: { attributes: { quotaGiB: 2 } } },
    })
    expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'warning Cannot derive resource.quotaMiB of Resource astro/disk, which has none therefore: it divides by zero',
    ])
  })

  it('must be unique where the attribute says so', () => {
    const twins = [...world(), group('astro/h', { attributes: { label: 'ops' } })]

    expect(plan([], twins).findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      expect.stringMatching(/^error Group "astro\/[gh]" cannot have group.unixName "as_ops": the value is unique and /),
    ])
  })
})
