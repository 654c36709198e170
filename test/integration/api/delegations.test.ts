import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { applicationsIn } from '../store/applications-world.ts'
import { add, apply, document } from '../store/world.ts'
import { onApi } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()
const { astro, filed } = applicationsIn(api.database)

describe('delegations by the API', () => {
  beforeAll(async () => {
    await astro()
    await apply(api.database().pool, [add(document('User', 'linus', { identities: ['idp/linus'] }))])
  })

  const ada = { delegator: 'idp/ada', delegate: 'idp/linus', reason: 'away', as: 'idp/ada' }

  it('are made, used, listed and ended', async () => {
    const application = await filed('idp/new')
    const made = await api.ask('/delegations/add', { ...ada, vo: 'astro', until: '2999-01-01' })
    const { delegation } = made.body as { delegation: number }
    const approved = await api.working(() =>
      api.ask('/applications/approve', { application, as: 'idp/linus', standsFor: 'idp/ada' }),
    )
    const listed = await api.ask('/delegations?delegate=idp/linus')
    const ended = await api.ask('/delegations/end', { delegation, reason: 'back', as: 'idp/ada' })

    expect(made).toMatchObject({
      status: 200,
      body: { delegator: 'idp/ada', delegate: 'idp/linus', vo: 'astro', application: null, until: '2999-01-01' },
    })
    expect(approved.body).toEqual({ application, state: 'approved' })
    expect(listed.body).toMatchObject({ delegations: [{ id: delegation, reason: 'away', actor: 'idp/ada' }] })
    expect(ended.body).toEqual({ delegation, ended: true })
    expect((await api.ask('/delegations')).body).toEqual({ delegations: [] })
    expect((await api.ask('/delegations?ended=true')).body).toMatchObject({ delegations: [{ endedBy: 'idp/ada' }] })
  })

  it('are about one application where that is named', async () => {
    const application = await filed('idp/other')

    const made = await api.ask('/applications/delegate', { application, delegate: 'idp/linus', as: 'idp/ada' })

    expect(made.body).toMatchObject({ delegator: 'idp/ada', delegate: 'idp/linus', vo: null, application, until: null })
  })

  it.each([
    [{ path: '/delegations/add', body: { ...ada, delegate: 'idp/ada', vo: 'astro' } }, 409, 'oneself'],
    [{ path: '/delegations/add', body: { ...ada, vo: 'astro', as: 'idp/grace' } }, 409, 'not-allowed'],
    [{ path: '/delegations/end', body: { delegation: 999 } }, 409, 'delegation-unknown'],
    [{ path: '/delegations/add', body: ada }, 400, undefined],
    [{ path: '/applications/delegate', body: { application: 1, delegate: 'idp/linus' } }, 400, undefined],
  ])('are refused: %j', async ({ path, body }, status, reason) => {
    const answer = await api.ask(path, body)

    expect(answer).toMatchObject({ status, body: { error: { facts: reason === undefined ? {} : { reason } } } })
  })
})
