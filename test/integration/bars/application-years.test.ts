import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { applicationId } from '../../../workflows/application/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import { openStory, type Story } from './application-story.ts'
import { aboutPeople, vo } from './application-documents.ts'

jest.setTimeout(240_000)

const astro = vo(
  'astro',
  `
  managers: [{ user: idp/ada }, { user: idp/grace }]
  expiration: { extendBy: P1Y, window: P1M, disableAfter: P30D, deleteAfter: P30D }
  requires: { attributes: [member.institute] }
  terms: { version: "1", file: terms.md }`,
  `
  items:
    - { name: login, type: login, required: true, fills: user.login }
    - { name: email, type: verified-email, required: true, fills: user.email }
    - { name: institute, type: text, fills: member.institute }
    - { name: terms, type: terms }
  approval: { steps: [{ by: managers, quorum: 2 }], rejectAfter: P60D }`,
)

const vera = { vo: 'astro', identity: 'idp/vera' } as const
const answers = { login: 'vera', email: 'vera@example.org' }

describe('in the course of three years somebody', () => {
  let story: Story
  beforeAll(async () => {
    const files = new Map([
      ['all.yaml', `${aboutPeople}${astro}`],
      ['terms.md', 'Be kind.\n'],
    ])
    story = await openStory({ from: '2040-03-01', files, vos: ['astro'] })
  })
  afterAll(async () => story.close())

  const approve = async (application: string, ...by: readonly string[]): Promise<void> => {
    for (const who of by) await story.guildhall('application', 'approve', application, '--as', who)
  }
  const subjects = () => story.mailTo('vera@example.org').map(({ subject }) => subject)
  const member = async () => story.members('astro')
  const keep = async (workflowId: string, scenario: string): Promise<void> =>
    keepHistory(story.world.parts.client, { workflowId, scenario })

  it('gets access once they have confirmed their address and two managers have approved', async () => {
    const [id = ''] = await story.file({ ...vera, answers: { ...answers, institute: 'MU', terms: '1' } })
    const early = await story.refused('application', 'approve', id, '--as', 'idp/ada')
    const key = story.keyTo('vera@example.org')
    const wrong = await story.refused('application', 'verify', '0'.repeat(40))
    await story.guildhall('application', 'verify', key)
    const again = await story.refused('application', 'verify', key)
    await approve(id, 'idp/ada')
    const before = story.delivered('astro')
    await approve(id, 'idp/grace')

    expect({ early, wrong, again }).toEqual({ early: 'not-open', wrong: 'KEY_REFUSED', again: 'KEY_REFUSED' })
    expect([before, story.delivered('astro')]).toEqual([{}, { 'idp/vera': 'VALID 10000' }])
    expect(await member()).toEqual({ 'idp/vera': 'VALID 2041-03-01' })
    expect(subjects()).toEqual([
      'Confirm your address for astro',
      'Your application for astro has arrived',
      'Your application for astro is approved',
    ])
    await keep(applicationId(Number(id)), 'two-approvals')
  })

  it('is refused more time before the window, and gets it on its first day', async () => {
    await story.passTo('2041-01-31')
    const early = await story.refusedFiling({ ...vera, kind: 'extension' })
    await story.passTo('2041-02-01')
    const [id = ''] = await story.file({ ...vera, kind: 'extension' })
    await approve(id, 'idp/ada')

    expect(early).toBe('outside-window')
    expect(await member()).toEqual({ 'idp/vera': 'VALID 2042-02-01' })
    await story.passTo('2041-03-02')
    expect(story.delivered('astro')).toEqual({ 'idp/vera': 'VALID 10000' })
    await keep(applicationId(Number(id)), 'extended')
  })

  it('loses access where they let it lapse, and is forgotten in the end', async () => {
    const seen: unknown[] = []
    for (const day of ['2042-01-31', '2042-02-01', '2042-03-03', '2042-04-02']) {
      await story.passTo(day)
      seen.push([day, await member(), story.delivered('astro')])
    }

    expect(seen).toEqual([
      ['2042-01-31', { 'idp/vera': 'VALID 2042-02-01' }, { 'idp/vera': 'VALID 10000' }],
      ['2042-02-01', { 'idp/vera': 'EXPIRED 2042-02-01' }, { 'idp/vera': 'EXPIRED 10000' }],
      ['2042-03-03', { 'idp/vera': 'DISABLED 2042-02-01' }, {}],
      ['2042-04-02', {}, {}],
    ])
  })

  it('comes back as the same person with the same uid, INVALID until what the VO requires is given and the terms are accepted anew', async () => {
    const asked = subjects().length
    const [id = ''] = await story.file({ ...vera, answers })
    await approve(id, 'idp/ada', 'idp/grace')
    const mails = subjects().slice(asked)
    const fresh = [await member(), story.delivered('astro')]
    await story.guildhall('attribute', 'set', 'member:astro/idp/vera', 'institute', 'CU')
    const given = [await member(), story.delivered('astro')]
    await story.guildhall('terms', 'accept', 'astro', 'idp/vera', '--as', 'idp/vera')

    // The address is known to be theirs, so that no key goes there again.
    expect(mails).toEqual(['Your application for astro has arrived', 'Your application for astro is approved'])
    expect({ fresh, given, now: [await member(), story.delivered('astro')] }).toEqual({
      fresh: [{ 'idp/vera': 'INVALID 2043-04-02' }, {}],
      given: [{ 'idp/vera': 'INVALID 2043-04-02' }, {}],
      now: [{ 'idp/vera': 'VALID 2043-04-02' }, { 'idp/vera': 'VALID 10000' }],
    })
    await keep(applicationId(Number(id)), 'after-deletion')
  })
})
