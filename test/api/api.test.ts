import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { buildApi } from '../../api/build.ts'
import { describeApi } from '../../api/describe.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ApiDependencies } from '../../api/dependencies.ts'
import { fakeDependencies, reads, status } from './fake-dependencies.ts'

const open: FastifyInstance[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

async function api(over: Partial<ApiDependencies> = {}, servesReads = true): Promise<FastifyInstance> {
  const app = await buildApi(fakeDependencies(over), { servesReads })
  open.push(app)
  return app
}

describe('the JSON API', () => {
  it('answers status, holds and deliveries field by field', async () => {
    const app = await api()

    const answers = await Promise.all(
      ['status', 'holds', 'deliveries?state=failing'].map((path) => app.inject(`/api/v1/${path}`)),
    )

    expect(answers.map((answer) => answer.json<unknown>())).toEqual([
      status,
      { holds: status.holds },
      { deliveries: await reads.deliveries({ state: 'failing' }) },
    ])
  })

  it('answers members and why', async () => {
    const app = await api()

    const members = await app.inject('/api/v1/members?vo=astro&group=telescope')
    const why = await app.inject('/api/v1/why?identity=idp/ada&vo=astro&resource=cluster')

    expect(members.json()).toEqual(await reads.members({ vo: 'astro', group: 'telescope' }))
    expect(why.json()).toEqual(await reads.why({ identity: '', vo: '', resource: '' }))
  })

  it.each([
    ['2026-03-31', '2026-03-31'],
    ['2026-03-31T12:00:00Z', new Date('2026-03-31T12:00:00Z')],
  ])('answers who had access to a resource as of %s', async (text, asOf) => {
    const app = await api()

    const answer = await app.inject(`/api/v1/members?vo=astro&resource=cluster&asOf=${text}`)

    expect(answer.json()).toEqual(await reads.access({ vo: 'astro', resource: 'cluster', asOf }))
  })

  it.each([
    ['/api/v1/members?vo=a&group=b&resource=c', 400, 'REQUEST_INVALID'],
    ['/api/v1/members?vo=a&asOf=2026-02-30', 400, 'REQUEST_INVALID'],
    ['/api/v1/why?identity=idp/a&vo=a&resource=r&asOf=2016-12-31T23:59:60Z', 400, 'REQUEST_INVALID'],
    ['/api/v1/members', 400, 'REQUEST_INVALID'],
    ['/api/v1/members?vo=a&colour=blue', 400, 'REQUEST_INVALID'],
    ['/api/v1/deliveries?state=lost', 400, 'REQUEST_INVALID'],
    ['/api/v1/members?vo=a%00b', 400, 'REQUEST_INVALID'],
    ['/api/v1/why?identity=idp/a&vo=a&resource=a%0ab', 400, 'REQUEST_INVALID'],
    ['/api/v2/status', 404, 'ROUTE_UNKNOWN'],
    ['/api/v1/%', 400, 'REQUEST_INVALID'],
    [`/api/v1/status/${'a'.repeat(4000)}`, 404, 'ROUTE_UNKNOWN'],
  ])('refuses %s with %i %s', async (url, code, error) => {
    const app = await api()

    const answer = await app.inject(url)

    expect(answer.statusCode).toBe(code)
    expect(answer.json()).toMatchObject({ error: { code: error } })
  })

  it.each(['POST', 'DELETE', 'OPTIONS'] as const)('names the methods of a path that takes no %s', async (method) => {
    const app = await api()

    const answer = await app.inject({
      ...{ method, url: '/api/v1/status?a=b', headers: { 'content-type': 'text/xml' } },
      ...(method === 'POST' ? { payload: '<what/>' } : {}),
    })

    expect(answer.statusCode).toBe(405)
    expect(answer.headers['allow']).toBe('GET, HEAD')
    expect(answer.json()).toMatchObject({ error: { code: 'METHOD_REFUSED', facts: { method, allow: 'GET, HEAD' } } })
  })

  it('says that the webhook is posted to, also where nothing else is served', async () => {
    const app = await api({}, false)

    const answers = await Promise.all(['/api/v1/webhook', '/api/v1/status'].map((url) => app.inject(url)))

    expect(answers.map(({ statusCode, headers }) => [statusCode, headers['allow']])).toEqual([
      [405, 'POST'],
      [404, undefined],
    ])
  })

  it('lets no answer be kept or taken for another type', async () => {
    const app = await api()

    const urls = ['/', '/api/v1/members?vo=astro', '/api/v1/nothing', '/healthz', '/metrics']
    const answers = await Promise.all(urls.map((url) => app.inject(url)))

    const headers = answers.map((answer) => [answer.headers['cache-control'], answer.headers['x-content-type-options']])
    expect(headers).toEqual(urls.map(() => ['no-store', 'nosniff']))
  })

  it('waits a minute at most for a request', async () => {
    const app = await api()

    expect(app.server.requestTimeout).toBe(60_000)
  })

  it('says what is unknown, with the facts', async () => {
    const unknown = new GuildhallError('OBJECT_UNKNOWN', 'There is no VO "astr"', { facts: { vo: 'astr' } })
    const app = await api({ reads: { ...reads, members: async () => Promise.reject(unknown) } })

    const answer = await app.inject('/api/v1/members?vo=astr')

    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toEqual({
      ...{ type: 'urn:guildhall:error:OBJECT_UNKNOWN', title: 'Not Found', status: 404 },
      detail: 'There is no VO "astr"',
      error: { code: 'OBJECT_UNKNOWN', message: 'There is no VO "astr"', facts: { vo: 'astr' } },
    })
  })

  it('keeps what is not ours to itself', async () => {
    const app = await api({
      reads: { ...reads, status: async () => Promise.reject(new Error('password "tiger" refused')) },
    })

    const answer = await app.inject('/api/v1/status')

    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('tiger')
    expect(answer.json()).toMatchObject({ error: { code: 'UNEXPECTED' } })
  })

  it('answers under names of this machine only, so that no page of another site reads it', async () => {
    const app = await api()

    const names = ['localhost:3000', 'LOCALHOST', 'LocalHost:80', '127.0.0.1', '[::1]:80']
    const others = ['evil.example', '127.evil.example', 'localhost.evil.example']
    const hosts = [...names, ...others]
    const codes = await Promise.all(
      hosts.map(async (host) => (await app.inject({ url: '/api/v1/status', headers: { host } })).statusCode),
    )

    expect(codes).toEqual([...names.map(() => 200), ...others.map(() => 403)])
  })

  it('serves nothing about people where others can connect', async () => {
    const app = await api({}, false)

    const urls = [
      '/',
      '/api/v1/status',
      '/api/v1/members?vo=a',
      '/api/v1/openapi.json',
      '/healthz',
      '/readyz',
      '/metrics',
    ]
    const codes = await Promise.all(urls.map(async (url) => (await app.inject(url)).statusCode))

    expect(codes).toEqual([404, 404, 404, 404, 200, 200, 200])
  })
})

describe('operation', () => {
  it('is healthy, and ready when database, Temporal and a run are there', async () => {
    const app = await api()

    const health = await app.inject('/healthz')
    const ready = await app.inject('/readyz')

    expect(health.body).toBe('ok')
    expect(ready.json()).toEqual({
      ready: true,
      checks: [
        { name: 'database', ok: true, message: 'answers' },
        { name: 'temporal', ok: true, message: 'answers' },
        { name: 'reconcile', ok: true, message: 'last run: held' },
      ],
    })
  })

  it('is not ready before the first run or without its parts, and does not say where they are', async () => {
    const away = async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:5432'))
    const app = await api({ reads: { ...reads, ping: away, runs: async () => [] }, checkTemporal: away })

    const ready = await app.inject('/readyz')

    expect(ready.statusCode).toBe(503)
    expect(ready.json()).toEqual({
      ready: false,
      checks: [
        { name: 'database', ok: false, message: 'does not answer' },
        { name: 'temporal', ok: false, message: 'does not answer' },
        { name: 'reconcile', ok: false, message: 'no commit has been looked at yet' },
      ],
    })
  })

  it('hands out the metrics of the process', async () => {
    const metrics = new Registry()
    new Counter({ name: 'guildhall_runs_total', help: 'Runs.', registers: [metrics] }).inc(2)
    const app = await api({ metrics })

    const answer = await app.inject('/metrics')

    expect(answer.headers['content-type']).toContain('text/plain')
    expect(answer.body).toContain('guildhall_runs_total 2')
  })

  it('hands out metrics that name VOs under names of this machine only', async () => {
    const headers = { host: 'elsewhere.example.org' }
    const metricsFrom = async (servesReads: boolean) =>
      (await (await api({}, servesReads)).inject({ url: '/metrics', headers })).statusCode

    expect({ here: await metricsFrom(true), everywhere: await metricsFrom(false) }).toEqual({
      ...{ here: 403, everywhere: 200 },
    })
  })
})

describe('the OpenAPI document', () => {
  it('is the one that is checked in', async () => {
    const checkedIn = await readFile(new URL('../../schemas/api/openapi.json', import.meta.url), 'utf8')

    expect(JSON.parse(await describeApi())).toEqual(JSON.parse(checkedIn))
  })

  it('is served, as OpenAPI 3.1', async () => {
    const app = await api()

    const answer = await app.inject('/api/v1/openapi.json')

    expect(answer.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Guildhall' } })
  })

  it.each(['status', 'holds', 'deliveries', 'members', 'why'])(
    'says of %s that other names are refused',
    async (name) => {
      const app = await api()

      expect(app.swagger()).toMatchObject({ paths: { [`/api/v1/${name}`]: { get: { responses: { 403: {} } } } } })
    },
  )
})
