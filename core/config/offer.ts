import type { FacilitySpec, ResourceSpec } from '../../schemas/generated/config.ts'
import type { JsonObject } from '../model/json.ts'
import { didYouMean, nearest } from '../model/nearest.ts'
import type { CheckValue, Mismatch } from './catalog.ts'
import type { Path } from './document.ts'

type Offer = NonNullable<FacilitySpec['offers']>[number]

/** Why a resource lies outside what its facility offers, with the places in both documents. */
export interface OfferProblem {
  readonly message: string
  readonly inResource: Path
  readonly inFacility: Path
}

/** What an offer is judged by. */
export interface OfferQuestion {
  readonly resource: { readonly vo: string; readonly name: string; readonly spec: ResourceSpec }
  readonly facility: { readonly name: string; readonly spec: FacilitySpec }
  readonly compileSchema: (schema: JsonObject) => CheckValue | Mismatch
}

/**
 * Lists why a resource lies outside its offer; none means that it gives access. A facility without the key `offers` limits
 * nobody, one with an empty list offers nothing.
 */
export function offerProblems(question: OfferQuestion): OfferProblem[] {
  const { offers } = question.facility.spec
  const missing = servicesMissing(question)
  if (offers === undefined) return missing
  const chosen = chooseOffer(question, offers)
  if ('message' in chosen) return [chosen]
  return [...missing, ...servicesBeyond(question, chosen), ...attributesBeyond(question, chosen)]
}

/** The levels of assurance that the offer of a resource asks for, one of which is enough; undefined where any will do. */
export function acceptedLevels({ resource, facility }: Omit<OfferQuestion, 'compileSchema'>): Offer['loa'] {
  const chosen = chooseOffer({ resource, facility }, facility.spec.offers ?? [])
  return 'offer' in chosen ? chosen.offer.loa : undefined
}

/** Tells whether an offer's name is nearly one of those there are. */
export function isMisspelt(offer: string, known: readonly string[]): boolean {
  return offer !== '' && !known.includes(offer) && nearest(offer, known) !== undefined
}

interface Chosen {
  readonly offer: Offer
  readonly index: number
}

function chooseOffer(
  { resource, facility }: Omit<OfferQuestion, 'compileSchema'>,
  offers: readonly Offer[],
): Chosen | OfferProblem {
  const named = resource.spec.offer
  const forVo = offers.map((offer, index) => ({ offer, index })).filter(({ offer }) => offer.vo === resource.vo)
  const fitting = named === undefined ? forVo : forVo.filter(({ offer }) => offer.name === named)
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return only
  const names = forVo.map(({ offer }) => offer.name)
  const inResource = named === undefined ? ['spec', 'facility'] : ['spec', 'offer']
  const at = { inResource, inFacility: ['spec', 'offers'] }
  const whose = `facility "${facility.name}" for VO "${resource.vo}"`
  if (only !== undefined)
    return {
      ...at,
      message: `resource "${resource.name}" must say which offer of ${whose} it lies in: ${names.join(', ')}`,
    }
  if (named === undefined)
    return { ...at, message: `resource "${resource.name}" lies in no offer: there is none of ${whose}` }
  return {
    ...at,
    message: `resource "${resource.name}" lies in no offer: there is none "${named}" of ${whose}${didYouMean(named, names)}`,
  }
}

function servicesMissing({ resource, facility }: OfferQuestion): OfferProblem[] {
  const here = facility.spec.services
  if (here === undefined) return []
  return (resource.spec.services ?? []).flatMap((service, index): OfferProblem[] =>
    service in here
      ? []
      : [
          {
            message: `resource "${resource.name}" wants service "${service}", which facility "${facility.name}" does not have`,
            inResource: ['spec', 'services', index],
            inFacility: ['spec', 'services'],
          },
        ],
  )
}

function servicesBeyond({ resource }: OfferQuestion, { offer, index }: Chosen): OfferProblem[] {
  const allowed = offer.services
  if (allowed === undefined) return []
  return (resource.spec.services ?? []).flatMap((service, at): OfferProblem[] =>
    allowed.includes(service)
      ? []
      : [
          {
            message: `resource "${resource.name}" wants service "${service}", which offer "${offer.name}" does not include`,
            inResource: ['spec', 'services', at],
            inFacility: ['spec', 'offers', index],
          },
        ],
  )
}

function attributesBeyond(question: OfferQuestion, { offer, index }: Chosen): OfferProblem[] {
  const { resource, compileSchema } = question
  return Object.entries(offer.attributes ?? {}).flatMap(([name, constraint]): OfferProblem[] => {
    const value = resource.spec.attributes?.[name]
    if (value === undefined) return []
    const check = compileSchema(constraint)
    if (typeof check !== 'function') return []
    return check(value).map(({ message }) => ({
      message: `resource "${resource.name}" lies outside offer "${offer.name}": ${name}: ${message}`,
      inResource: ['spec', 'attributes', name],
      inFacility: ['spec', 'offers', index, 'attributes', name],
    }))
  })
}
