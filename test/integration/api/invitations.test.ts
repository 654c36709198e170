import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { showInvitation } from '../../../store/index.ts'
import { applicationsIn } from '../store/applications-world.ts'
import { invitationsIn } from '../store/invitations-world.ts'
import { onApi } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()
const { keyOf } = invitationsIn(api.database)

async function invite(address: string): Promise<number> {
  const asked = { vo: 'astro', as: 'idp/ada', preApproved: true, invitations: [{ address }] }
  const { body } = await api.ask('/invitations/create', asked)
  return (body as { invitations: { invitation: number }[] }).invitations[0]?.invitation ?? 0
}

describe('invitations by the API', () => {
  beforeAll(async () => applicationsIn(api.database).astro())

  it('are made, listed, shown, sent again and revoked for the operator alone', async () => {
    const id = await invite('one@example.org')
    const refused = await api.ask('/invitations/create', { vo: 'astro', invitations: [{ address: 'one@example.org' }] })
    const listed = await api.ask('/invitations?vo=astro')
    const resent = await api.ask('/invitations/resend', { invitation: id, until: '2026-05-01' })
    const revoked = await api.ask('/invitations/revoke', { invitation: id, as: 'idp/ada', reason: 'wrong' })
    const again = await api.ask('/invitations/revoke', { invitation: id })
    const shown = await api.ask(`/invitations/show?invitation=${id}`)
    const outside = await api.askOutside('/invitations', { method: 'GET' })

    expect(refused).toMatchObject({
      status: 200,
      body: { invitations: [{ address: 'one@example.org', refused: { reason: 'already-invited' } }] },
    })
    expect(listed.body).toEqual({ invitations: [expect.objectContaining({ id, state: 'open', preApproved: true })] })
    expect(resent.body).toEqual({ invitation: id, state: 'open', until: '2026-05-01' })
    expect(revoked.body).toEqual({ invitation: id, state: 'revoked', until: '2026-05-01' })
    expect(again).toMatchObject({
      status: 409,
      body: { error: { code: 'INVITATION_REFUSED', facts: { reason: 'ended' } } },
    })
    expect(shown.body).toMatchObject({ id, state: 'revoked', sending: 2, endedBy: 'idp/ada', applications: [] })
    expect(outside.status).toBe(401)
  })

  it('are accepted and declined by whoever has the key, from outside too', async () => {
    const [first, second] = [await invite('two@example.org'), await invite('three@example.org')]
    const [one, other] = [await keyOf(first), await keyOf(second)]
    const body = { key: one, identity: 'idp/new', answers: { nam: 'x' } }
    const faulty = await api.askOutside('/invitations/accept', { body })
    const accepted = await api.askOutside('/invitations/accept', { body: { ...body, answers: { name: 'New' } } })
    const again = await api.askOutside('/invitations/accept', { body })
    const declined = await api.askOutside('/invitations/decline', { body: { key: other, reason: 'no time' } })

    expect(faulty).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'INVITATION_REFUSED',
          facts: { reason: 'answers-invalid', faults: [{ item: 'name' }, { item: 'nam' }] },
        },
      },
    })
    expect(accepted).toMatchObject({
      status: 200,
      body: { invitation: first, applications: [{ vo: 'astro', group: null, state: 'approved', status: 'VALID' }] },
    })
    expect(again).toMatchObject({ status: 403, body: { error: { code: 'KEY_REFUSED' } } })
    expect(declined.body).toEqual({ invitation: second, state: 'declined' })
    expect(await showInvitation(api.database().pool, second)).toMatchObject({ endedBy: 'invited', reason: 'no time' })
  })

  it('let nobody try keys without end', async () => {
    const statuses: number[] = []
    for (let tries = 0; tries < 25; tries += 1) {
      const { status } = await api.askOutside('/invitations/accept', {
        body: { key: `wrong${tries}`, identity: 'idp/x' },
      })
      statuses.push(status)
    }

    expect(statuses.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 403))
    expect(statuses.at(-1)).toBe(429)
  })
})
