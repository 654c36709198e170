import type { ApprovedChange } from '../../store/index.ts'
import { actsText } from '../acts/acts-text.ts'
import { erasuresText } from '../acts/erasures-text.ts'
import { identitiesText } from '../acts/identities-text.ts'
import { sponsorshipsText } from '../acts/sponsorships-text.ts'
import { nameOf } from '../sync/places.ts'
import { valuesText } from '../acts/values-text.ts'

type Carried = Extract<ApprovedChange, { readonly kind: 'done' }>['result']

/** What an act came to, as the command says it that asked for it. */
export function showCarried(carried: Carried): { readonly json: object; readonly text: string } {
  switch (carried.type) {
    case 'attribute':
      return { json: { values: carried.answers }, text: valuesText(carried.answers) }
    case 'identity':
      return { json: { identities: carried.answers }, text: identitiesText(carried.answers) }
    case 'membership':
      return { json: { members: carried.answers }, text: actsText(carried.answers) }
    case 'review':
      return {
        json: { reviews: carried.answers },
        text: carried.answers.map(({ review, state }) => `Review ${review} is ${state}.`).join('\n'),
      }
    case 'sponsorship': {
      const sponsorships = carried.answers.map((answer) => ({ vo: carried.vo, ...answer }))
      return { json: { sponsorships }, text: sponsorshipsText(sponsorships) }
    }
    case 'sync':
      return { json: { syncs: carried.answers }, text: carried.answers.map(runText).join('\n') }
    case 'user':
      return { json: { users: carried.answers }, text: erasuresText(carried.answers) }
  }
}

function runText(place: Extract<Carried, { readonly type: 'sync' }>['answers'][number]): string {
  return `That run of ${nameOf(place)} passes if the source says exactly this again; the approval is good for 72 hours and one run. \`guildhall sync status ${place.source}\` tells what came of it.`
}
