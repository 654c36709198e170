import type { ListedHold } from '../../core/model/answers.ts'
import { moment } from './words.ts'

/** Each held scope with its reasons and the command that lets it through. */
export function renderHolds(holds: readonly ListedHold[]): string {
  return holds.map(renderHold).join('\n\n')
}

function renderHold({ scope, digest, since, reasons }: ListedHold): string {
  return [
    `${scope} held since ${moment(since)}`,
    ...reasons.map(({ message }) => `  ! ${message}`),
    `  guildhall approve ${digest} --reason "…"`,
  ].join('\n')
}
