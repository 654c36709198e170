import type { ListedHold, ListedLoss } from '../../core/model/answers.ts'
import { shownActor } from '../../core/model/authentication.ts'
import { countPeople } from '../../core/model/count.ts'
import { moment } from './words.ts'

type ShownHold = ListedHold & { readonly losses?: readonly ListedLoss[] }

/** So many people are named for each hold. */
const peopleShown = 20

/** Each held scope or change with its reasons, who would lose what where that is known, and the commands that let it through or end it. */
export function renderHolds(holds: readonly ShownHold[]): string {
  return holds.map(renderHold).join('\n\n')
}

function renderHold({ scope, digest, since, reasons, change, losses = [] }: ShownHold): string {
  const more = losses.length - peopleShown
  const isEntered = change !== undefined && change.kind !== 'sync'
  return [
    `${scope} held since ${moment(since)}`,
    ...(change === undefined ? [] : [changeLine(change)]),
    ...reasons.map(({ message }) => `  ! ${isEntered ? 'when it was entered: ' : ''}${message}`),
    ...losses.slice(0, peopleShown).map(({ user, loses }) => `  - ${user} loses ${loses.join(', ')}`),
    ...(more > 0 ? [`  - and ${countPeople(more, 'other ')}; --json lists all`] : []),
    `  guildhall approve ${digest} --reason "…"`,
    ...(change === undefined ? [] : [`  guildhall holds reject ${digest} --reason "…"`]),
  ].join('\n')
}

/** A run of a source has no words of its own: its reasons follow. */
function changeLine(change: NonNullable<ListedHold['change']>): string {
  const { kind, what, place, people, by, authentication, reason } = change
  const where = place === undefined ? '' : place === null ? ' of what is gone' : ` in ${place}`
  const why = reason === '' || kind === 'sync' ? '' : `: ${reason}`
  return `  only ${what} of ${countPeople(people)}${where}, by ${shownActor(by, authentication)}${why}`
}
