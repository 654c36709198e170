import { Registry } from 'prom-client'
import type { StatusAnswer } from '../../core/model/answers.ts'
import type { ApiDependencies, Reads } from '../../api/dependencies.ts'

/** A small installation: one VO, one facility, something held, something failing. */
export const status: StatusAnswer = {
  head: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
  applied: {
    instance: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    'vo:astro': 'decade00decade00decade00decade00decade00',
  },
  holds: [
    {
      scope: 'vo:astro',
      digest: 'ab12',
      since: '2026-11-22T21:00:00.000Z',
      reasons: [
        {
          code: 'removes-too-many',
          subject: 'vo astro',
          message: '5 of 9 lose access',
          removed: 5,
          base: 9,
          limit: '20%',
        },
      ],
    },
  ],
  errors: [
    {
      severity: 'error',
      code: 'reference-unknown',
      file: 'astro/groups.yaml',
      line: 4,
      column: 3,
      path: 'spec.includes[0]',
      message: 'there is no group "enginers"',
    },
  ],
  facilities: [
    {
      name: 'hpc',
      services: [
        {
          name: 'passwd',
          destinations: [
            { name: 'files', state: 'delivered', generation: 3, delivered: 3 },
            { name: 'login1', state: 'failing', generation: 3, delivered: null },
          ],
        },
      ],
    },
  ],
}

export const reads: Reads = {
  ping: async () => undefined,
  status: async () => status,
  overview: async () => ({
    instance: { name: 'example', title: 'Hall <of> examples' },
    vos: [{ name: 'astro', title: 'Astronomy', valid: 9, others: 1, groups: 4, resources: 2 }],
  }),
  runs: async (limit) =>
    [{ commit: 'c0ffee00c0ffee00', startedAt: new Date('2026-11-22T20:59:00Z'), outcome: 'held' }].slice(0, limit),
  members: async ({ vo, group }) => ({
    members: [
      {
        user: `idp/${vo}-${group ?? 'all'}`,
        identities: [`idp/${vo}-${group ?? 'all'}`],
        status: 'VALID',
        direct: true,
        origins: ['config'],
      },
    ],
  }),
  access: async ({ vo, resource, asOf }) => ({
    members: [
      {
        user: `idp/${vo}-${resource}`,
        identities: [String(asOf instanceof Date ? asOf.toISOString() : asOf)],
        status: 'VALID',
        direct: false,
        origins: ['config'],
        access: true,
        through: [{ group: 'astro/telescope', row: 'astro/telescope:operators', origin: 'config' }],
      },
    ],
  }),
  why: async () => ({
    access: true,
    status: 'VALID',
    chain: [{ kind: 'Group', name: 'astro/telescope', file: 'astro/groups.yaml', line: 9 }],
    origins: ['config'],
    missing: [],
    deliveries: [{ facility: 'hpc', service: 'passwd', destination: 'files', state: 'delivered' }],
  }),
  deliveries: async ({ state = 'delivered' }) => [
    {
      facility: 'hpc',
      service: 'passwd',
      destination: 'files',
      state,
      generation: 3,
      delivered: 3,
      failures: 0,
      since: null,
      error: null,
    },
  ],
}

export function fakeDependencies(over: Partial<ApiDependencies> = {}): ApiDependencies {
  return {
    reads,
    withActs: async () => {
      throw new Error('nothing is done here')
    },
    operatorToken: async () => ({ absent: 'none is set up' }),
    checkTemporal: async () => undefined,
    requestReconcile: async () => undefined,
    metrics: new Registry(),
    links: { temporalUi: 'http://127.0.0.1:8233', configRepo: '/srv/hall/config-repo' },
    now: () => new Date('2026-11-22T22:00:00Z'),
    ...over,
  }
}
