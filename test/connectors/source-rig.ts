import { inspect } from 'node:util'
import { setImmediate } from 'node:timers/promises'
import { GuildhallError } from '../../core/errors.ts'
import type { ReadEnd, Source, SourceRecord, UnreadableReason } from '../../connectors/source.ts'

/** Somebody whom a source names: fields by name. Every type can hold the three of `peopleOf`. */
export type Person = Readonly<Record<string, string | Buffer>>

/** How a type of source is tried out; made once for all tests of a file, whose system stands behind it. */
export interface SourceRig {
  /** A source that names exactly these people, each in a record with their fields by the same names. */
  readonly serve: (people: readonly Person[]) => Promise<Source>
  /** A source of these people that breaks when some, but not all, were given: a cut connection, a file cut off. */
  readonly serveBroken: (people: readonly Person[]) => Promise<Source>
  /** A source whose file or server is not there. */
  readonly unreachable: () => Promise<Source>
  /** A source whose server takes the question and never answers; absent where that cannot be. */
  readonly stuck?: () => Promise<Source>
  /** A source that is refused, for instance for its password; absent where nothing is asked for. */
  readonly refused?: () => Promise<Source>
  /** How many records the other side gave out since it was last told to serve; absent where nobody can see that. */
  readonly given?: () => Promise<number>
  /** How many handles or connections to the served system are open. */
  readonly open: () => Promise<number>
  /** What selects the people of a team; absent where the type selects by something else and tests it itself. */
  readonly selectTeam?: (team: string) => string
  /** What a value can be in this kind of system that no record can carry. */
  readonly holds: readonly UnreadableReason[]
  /** Every secret that one of these sources is given. */
  readonly secrets: readonly string[]
}

/** What a rig may do without. */
export type Ability = 'stuck' | 'refused' | 'given' | 'selectTeam'

/** So many people, with names that need care in every syntax. */
export function peopleOf(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    login: `person${index}`,
    name: `Žofia "${index}" <O'Neil> & a, b;c=\\d*()#`,
    team: index % 5 === 0 ? 'compiler' : 'library',
  }))
}

/** The record a source has to give of a person. */
export function recordOfPerson(person: Person): SourceRecord {
  const fields = Object.entries(person).map(([field, value]) => [field, [value.toString()]])
  return { fields: Object.fromEntries(fields) as SourceRecord['fields'] }
}

/** What came of a read that was gone through to its end or its error. */
export interface Read {
  readonly pages: readonly (readonly SourceRecord[])[]
  readonly end: ReadEnd | undefined
  readonly error: unknown
}

/** Reads everybody, and keeps what goes wrong as a value. */
export async function readThrough(source: Source, select?: string, signal?: AbortSignal): Promise<Read> {
  const pages: (readonly SourceRecord[])[] = []
  try {
    const reading = source.subjects(select, { signal: signal ?? new AbortController().signal })
    for (;;) {
      const next = await reading.next()
      if (next.done === true) return { pages, end: next.value, error: undefined }
      pages.push(next.value)
    }
  } catch (error) {
    return { pages, end: undefined, error }
  }
}

/** In an order of their own, since a source may have any. */
export function inOrder(records: readonly SourceRecord[]): SourceRecord[] {
  const key = ({ fields }: SourceRecord): string => fields['login']?.[0] ?? ''
  return records.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}

/** What the rig has to be able to, where it was not said that it cannot. */
export function able<A extends Ability>(rig: SourceRig, ability: A): NonNullable<SourceRig[A]> {
  const able = rig[ability]
  if (able === undefined) throw new Error(`The rig has no "${ability}": say so in the call of keepsTheSourceContract`)
  return able
}

/** Waits until it is so, for ten seconds; tells whether it came to be. */
export async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + 10_000
  while (performance.now() < end) {
    if (await isSo()) return true
    await setImmediate()
  }
  return isSo()
}

/** Everything an error would show in a log. */
export function shown(error: unknown): string {
  return inspect(error, { depth: 6, showHidden: true })
}

/** Tells whether it is one of our errors, with a sentence that says what was tried. */
export function isExplained(error: unknown): boolean {
  return error instanceof GuildhallError && /^Cannot .*[^.]$/s.test(error.message)
}
