import { describe, expect, it } from '@jest/globals'
import { offerProblems } from '../../../core/config/offer.ts'
import type { FacilitySpec, ResourceSpec } from '../../../schemas/generated/config.ts'
import { compileCheck } from '../../../schemas/validate.ts'

function messages(resource: Partial<ResourceSpec>, facility: FacilitySpec): string[] {
  return offerProblems({
    resource: { vo: 'astro', name: 'batch', spec: { facility: 'hpc', ...resource } },
    facility: { name: 'hpc', spec: facility },
    compileSchema: compileCheck,
  }).map(({ message }) => message)
}

const main = { name: 'main', vo: 'astro' }

describe('a resource and what its facility offers', () => {
  it('is within when the facility limits nobody', () => {
    expect(messages({}, {})).toEqual([])
  })

  it('is outside when the facility offers nothing, or nothing to its VO', () => {
    expect(messages({}, { offers: [] })).toHaveLength(1)
    expect(messages({}, { offers: [{ name: 'main', vo: 'bio' }] })).toHaveLength(1)
  })

  it('need not name the only offer, and must name one of several', () => {
    const twoOffers = { offers: [main, { name: 'second', vo: 'astro' }] }

    expect(messages({}, { offers: [main] })).toEqual([])
    expect(messages({}, twoOffers)).toHaveLength(1)
    expect(messages({ offer: 'second' }, twoOffers)).toEqual([])
    expect(messages({ offer: 'third' }, twoOffers)).toHaveLength(1)
  })

  it('is outside with a service that the offer or the facility does not have', () => {
    const services = { passwd: {}, sshkeys: {} }

    expect(messages({ services: ['passwd'] }, { services, offers: [{ ...main, services: ['passwd'] }] })).toEqual([])
    expect(messages({ services: ['sshkeys'] }, { services, offers: [{ ...main, services: ['passwd'] }] })).toHaveLength(
      1,
    )
    expect(messages({ services: ['group'] }, { services, offers: [main] })).toHaveLength(1)
  })

  it('is outside with an attribute beyond the offer', () => {
    const offers = [{ ...main, attributes: { quotaGiB: { maximum: 1000 } } }]

    expect(messages({ attributes: { quotaGiB: 1000 } }, { offers })).toEqual([])
    expect(messages({ attributes: { quotaGiB: 1001 } }, { offers })).toHaveLength(1)
  })
})
