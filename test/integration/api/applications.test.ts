import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { applicationsIn, join as form } from '../store/applications-world.ts'
import { onApi, token } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()
const actor = `local/${userInfo().username}`

async function submit(identity: string): Promise<number> {
  const { body } = await api.ask('/applications/submit', { vo: 'astro', as: identity, answers: { name: 'New' } })
  return (body as { application: number }).application
}

describe('applications by the API', () => {
  beforeAll(async () => applicationsIn(api.database).astro(form))

  it('are answered at a socket that the owner alone can open', () => {
    expect(statSync(api.socket()).mode & 0o777).toBe(0o600)
  })

  it('are checked, filed, found in the queue of who decides, and approved', async () => {
    const checked = await api.ask('/forms/check', { form: 'astro/join', answers: { nam: 'x' } })
    const filed = await api.ask('/applications/submit', { vo: 'astro', as: 'idp/new', answers: { name: 'New' } })
    const { application } = filed.body as { application: number }
    const queue = await api.ask('/applications?waitingFor=idp/ada')
    const own = await api.working(() => api.ask('/applications/approve', { application, as: 'idp/new' }))
    const approved = await api.working(() => api.ask('/applications/approve', { application, as: 'idp/ada' }))
    const shown = await api.ask(`/applications/show?application=${application}`)

    expect(checked.body).toEqual({
      faults: [
        { item: 'name', message: 'an answer is required' },
        { item: 'nam', message: 'there is no item "nam"; did you mean "name"?' },
      ],
    })
    expect(filed).toMatchObject({ status: 200, body: { application, state: 'open', waitingFor: null, status: null } })
    expect(queue.body).toEqual({ applications: [expect.objectContaining({ id: application, identity: 'idp/new' })] })
    expect(own).toMatchObject({
      ...{ status: 409, type: 'application/problem+json; charset=utf-8' },
      body: {
        ...{ type: 'urn:guildhall:error:APPLICATION_REFUSED', title: 'Conflict', status: 409 },
        detail: expect.stringContaining('nobody decides about their own application'),
        error: { code: 'APPLICATION_REFUSED', facts: { application, reason: 'own-application' } },
      },
    })
    expect(approved.body).toEqual({ application, state: 'approved' })
    expect(shown.body).toMatchObject({
      state: 'approved',
      acts: [{ actor: 'idp/new' }, { actor: 'idp/ada', outcome: 'done' }],
    })
  })

  it('name faults of answers by item', async () => {
    const { status, body } = await api.ask('/applications/submit', { vo: 'astro', as: 'idp/faulty', answers: {} })

    expect([status, body]).toMatchObject([
      409,
      { error: { facts: { reason: 'answers-invalid', faults: [{ item: 'name', message: 'an answer is required' }] } } },
    ])
  })

  it('are decided by the system’s own user where nobody is named, who counts once', async () => {
    const application = await submit('idp/by-admin')
    const approved = await api.working(() => api.ask('/applications/approve', { application, reason: 'known to us' }))
    const { body } = await api.ask(`/applications/show?application=${application}`)

    expect(approved.body).toEqual({ application, state: 'approved' })
    expect(body).toMatchObject({ acts: [{ act: 'approve', actor, reason: 'known to us' }] })
  })

  it('are done from elsewhere with the token of the operator only', async () => {
    const body = { vo: 'astro', as: 'idp/outside', answers: { name: 'New' } }
    const without = await api.askOutside('/applications/submit', { body })
    const wrong = await api.askOutside('/applications', { headers: { authorization: `Bearer ${token.slice(1)}` } })
    const right = await api.askOutside('/applications/submit', {
      ...{ body, headers: { authorization: `Bearer ${token}` } },
    })

    for (const refused of [without, wrong])
      expect([refused.status, refused.headers['www-authenticate'], refused.body]).toMatchObject([
        401,
        'Bearer',
        { error: { code: 'TOKEN_REFUSED' } },
      ])
    expect(right).toMatchObject({ status: 200, body: { state: 'open' } })
  })

  it('are changed by no GET', async () => {
    const application = await submit('idp/got')
    const got = await api.ask(`/applications/approve?application=${application}`)

    expect([got.status, got.headers['allow']]).toEqual([405, 'POST'])
    expect((await api.ask(`/applications/show?application=${application}`)).body).toMatchObject({
      state: 'open',
      acts: [],
    })
  })

  it('are refused where the request is none that could be kept or is too long', async () => {
    const bodies = [
      { vo: 'astro', as: 'idp/x', answers: { name: 'a\0b' } },
      { vo: 'astro', as: 'nobody', answers: {} },
      { vo: 'astro', answers: {} },
      { vo: 'astro', as: 'idp/x', colour: 'blue' },
      { vo: 'astro', as: 'idp/x', answers: { name: 'x'.repeat(300_000) } },
    ]
    const answered = await Promise.all(bodies.map((body) => api.ask('/applications/submit', body)))

    expect(answered.map(({ status, body }) => [status, (body as { error: { code: string } }).error.code])).toEqual([
      ...bodies.slice(1).map(() => [400, 'REQUEST_INVALID']),
      [413, 'REQUEST_INVALID'],
    ])
  })
})
