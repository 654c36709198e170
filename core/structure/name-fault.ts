import { reservedWords } from '../config/rules/reserved-names.ts'

const fitting = /^(?!\.{1,2}$)[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/

/** Says why a text cannot be a part of a group's path; undefined where it can. */
export function nameFault(name: string): 'no-name' | 'name-unfit' | 'name-reserved' | undefined {
  if (name === '') return 'no-name'
  if (!fitting.test(name)) return 'name-unfit'
  return reservedWords.has(name) ? 'name-reserved' : undefined
}
