import type { Tx } from '../../pool.ts'
import { noteActs, type OwnersAct } from '../accounts/note-acts.ts'
import type { Acting } from '../held/change-or-hold.ts'
import type { FoundHolder } from './find-holders.ts'
import type { RefusedValue } from './judge-values.ts'
import type { Definition } from './read-held.ts'
import { isForAccount, mayThemselves, usually, type Standings } from './value-rights.ts'

/** A value that somebody asked for, and what became of it. */
interface AskedFor {
  readonly name: string
  readonly found: FoundHolder | undefined
  readonly standing: Standings[number] | undefined
  readonly definition: Definition | undefined
  readonly refused: RefusedValue | undefined
  readonly reason: string
}

/** Tells whether a value is the person's own word: theirs, or that of who may give it for a service account. */
export function isAsThemselves(standing: Standings[number] | undefined, name: string): boolean {
  return standing !== undefined && (standing.roles.has('self') || isForAccount(standing, name))
}

/** Keeps for evidence what owners set for their accounts by nothing but owning them, and what they were not let. */
export async function noteForAccounts(
  tx: Tx,
  { cause, now }: Pick<Acting, 'cause' | 'now'>,
  asked: readonly AskedFor[],
): Promise<void> {
  const [first] = asked.flatMap(({ standing }) => standing ?? [])
  if (first === undefined) return
  await noteActs(tx, { owner: first.actor, acts: asked.flatMap(actOf), cause, now })
}

/** Whether somebody is an owner, and nothing else lets them set the value. */
function needsOwner(standing: Standings[number] | undefined, definition: Definition | undefined): boolean {
  if (standing?.mayAct === undefined || definition === undefined) return false
  return !mayThemselves(definition.write ?? usually.write, standing)
}

function actOf({ name, found, standing, definition, refused, reason }: AskedFor): OwnersAct[] {
  const person = found?.person ?? undefined
  if (person === undefined || !needsOwner(standing, definition)) return []
  const what = name.slice(name.indexOf('.') + 1)
  if (refused === undefined) return [{ person, what, reason }]
  return refused.reason === 'not-allowed' ? [{ person, what, reason, refused: 'not-permitted' }] : []
}
