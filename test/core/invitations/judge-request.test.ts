import { describe, expect, it } from '@jest/globals'
import { isEndedByClock, type InvitationRequest } from '../../../core/invitations/invitation.ts'
import { judgeRequest } from '../../../core/invitations/judge-request.ts'

const today = '2026-01-31'
const ada: InvitationRequest = { address: 'ada@example.org' }

describe('what is asked for an invitation', () => {
  it.each<readonly [string, InvitationRequest, string]>([
    ['counts for a month where no day is said, clamped to the end of a shorter one', ada, '2026-02-28'],
    ['counts until a day of its own', { ...ada, until: '2026-02-01' }, '2026-02-01'],
    ['counts for a year at most', { ...ada, until: '2027-01-31' }, '2027-01-31'],
    ['has words for the person', { ...ada, name: 'Ada', language: 'cs-CZ', message: 'Come\n\tin' }, '2026-02-28'],
  ])('%s', (_name, request, until) => {
    expect(judgeRequest(request, today)).toEqual({ allowed: true, until })
  })

  it.each<readonly [string, Partial<InvitationRequest>, string]>([
    ['address-invalid', { address: 'ada' }, 'expected an address such as "ada@example.org", got "ada"'],
    ['address-invalid', { address: 'a@b.org,c@d.org' }, 'expected an address'],
    ['address-invalid', { address: 'a@b.org\r\nBcc: c@d.org' }, 'expected an address'],
    ['address-invalid', { address: 'a\u0007@b.org' }, 'expected an address'],
    ['address-invalid', { address: `${'a'.repeat(250)}@b.org` }, 'expected an address'],
    ['text-invalid', { name: 'Ada\nBcc: x' }, 'expected a name of one line'],
    ['text-invalid', { message: 'a\u001b[2J' }, 'without control characters'],
    ['text-invalid', { message: 'x'.repeat(2001) }, 'at most 2000 characters'],
    ['language-invalid', { language: 'english please' }, 'such as "en" or "cs"'],
    ['date-invalid', { until: '2026-01-31' }, 'expected a day after 2026-01-31 and up to 2027-01-31, got "2026-01-31"'],
    ['date-invalid', { until: '2027-02-01' }, 'up to 2027-01-31'],
    ['date-invalid', { until: '31.12.2026' }, 'got "31.12.2026"'],
  ])('is refused as %s: %j', (reason, more, message) => {
    expect(judgeRequest({ ...ada, ...more }, today)).toEqual({
      ...{ allowed: false, reason },
      message: expect.stringContaining(message),
    })
  })

  it('has a workflow for each of a few, and the clock of the VO for many', () => {
    expect([1, 100, 101, 10_000].map(isEndedByClock)).toEqual([false, false, true, true])
  })
})
