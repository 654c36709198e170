import { describe, expect, it } from '@jest/globals'
import { lossesSince } from '../../../core/config/guard-window.ts'
import { desire, instance, source } from '../../support/builders.ts'

const at = Date.parse('2027-03-15T12:00:00Z')

describe('the time over which losses count together', () => {
  it.each([
    ['P1D', '2027-03-14T12:00:00.000Z'],
    ['P1W', '2027-03-08T12:00:00.000Z'],
    ['P1M', '2027-02-15T12:00:00.000Z'],
    ['PT90M', '2027-03-15T10:30:00.000Z'],
    ['P1Y2DT1S', '2026-03-13T11:59:59.000Z'],
  ])('a window of %s begins at %s', (window, since) => {
    expect(lossesSince(desire(instance({ guard: { window } })), at).toISOString()).toBe(since)
  })

  it('is a day where the instance says nothing', () => {
    expect(lossesSince(desire(instance(), source('idp')), at).toISOString()).toBe('2027-03-14T12:00:00.000Z')
    expect(lossesSince({ objects: [] }, at).toISOString()).toBe('2027-03-14T12:00:00.000Z')
  })
})
