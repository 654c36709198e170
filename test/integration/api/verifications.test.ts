import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { applicationsIn } from '../store/applications-world.ts'
import { keysTo, sendMails } from '../store/send-mails.ts'
import { onApi } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()
const form = { for: 'initial', items: [{ name: 'email', type: 'verified-email', required: true }] }

describe('confirming an address by the API', () => {
  let smtp: TestSmtp
  beforeAll(async () => {
    smtp = await startSmtp()
    await applicationsIn(api.database).astro(form)
  })
  afterAll(async () => smtp.close())

  it('takes the key alone, by POST, without any token, once', async () => {
    const answers = { email: 'nova@example.org' }
    const filed = await api.ask('/applications/submit', { vo: 'astro', as: 'idp/new', answers })
    const { application } = filed.body as { application: number }
    await sendMails(api.database().pool, smtp, new Date('2026-02-01T12:00:00Z'))
    const [key = ''] = keysTo(smtp, 'nova@example.org')

    const got = await api.askOutside(`/verifications?key=${key}`)
    const tooMuch = await api.askOutside('/verifications', { body: { key, as: 'idp/ada' } })
    const before = await api.ask(`/applications/show?application=${application}`)
    const confirmed = await api.working(() => api.askOutside('/verifications', { body: { key } }))
    const again = await api.askOutside('/verifications', { body: { key } })
    const unknown = await api.askOutside('/verifications', { body: { key: '0'.repeat(40) } })

    expect([filed.body, got.status, tooMuch.status, before.body]).toMatchObject([
      ...[{ state: 'unverified' }, 405, 400],
      { state: 'unverified', acts: [] },
    ])
    expect([confirmed.status, confirmed.body]).toEqual([200, { application, state: 'open' }])
    expect([again.status, again.body]).toEqual([403, unknown.body])
  })

  it('lets who sends twenty wrong keys wait, at the address that they come from', async () => {
    const wrong = async () => (await api.askOutside('/verifications', { body: { key: 'f'.repeat(40) } })).status
    const statuses: number[] = []
    for (let sent = 0; sent < 20; sent += 1) statuses.push(await wrong())
    const refused = await api.askOutside('/verifications', { body: { key: 'f'.repeat(40) } })
    const elsewhere = await api.ask('/verifications', { key: 'f'.repeat(40) })

    expect([statuses.at(0), statuses.at(-1), refused.status, refused.headers['retry-after']]).toEqual([
      ...[403, 429, 429, '60'],
    ])
    expect(refused.body).toMatchObject({ error: { code: 'RATE_LIMITED', facts: { seconds: 60 } } })
    expect(elsewhere.status).toBe(403)
  })
})
