import type { UnreadSync } from '../../core/model/answers.ts'
import { nameOf } from '../sync/places.ts'
import { moment } from './words.ts'

/** Says since when a source cannot be read. */
export function unreadLine({ since, error, ...sync }: UnreadSync): string {
  return `${nameOf(sync)} could not be read since ${moment(since)}, and nobody is changed meanwhile${error === null ? '' : `: ${error}`}`
}
