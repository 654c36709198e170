import { setTimeout } from 'node:timers/promises'
import type { DeliveryContext, Receipt, Snapshot } from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'
import type { Directory } from './directory.ts'
import { createFence, judge } from './fence.ts'
import type { Fence } from './fence.ts'
import { findForeign } from './foreign.ts'
import { createProblems } from './problems.ts'
import type { Problems } from './problems.ts'
import { putEntries } from './put-entries.ts'
import { indexWanted, survey } from './survey.ts'
import type { Survey, Wanted } from './survey.ts'
import { takeAway } from './take-away.ts'
import { readToken } from './token.ts'
import type { StoredToken } from './token.ts'

/** How often a delivery starts again because another one wrote the token meanwhile. */
const attempts = 3

/** Makes the entries of ours those of the snapshot. FENCED, DELIVERY_REFUSED; LdapFailure where the directory fails. */
export async function deliver(snapshot: Snapshot, context: DeliveryContext, directory: Directory): Promise<Receipt> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const receipt = await tryOnce(snapshot, context, directory)
    if (receipt !== undefined) return receipt
  }
  throw refusedSnapshot('FENCED', snapshot, 'other deliveries of it keep beginning')
}

/** Undefined where somebody else wrote the token first. */
async function tryOnce(
  snapshot: Snapshot,
  context: DeliveryContext,
  directory: Directory,
): Promise<Receipt | undefined> {
  const token = await readToken(directory.connection, directory.tokenDn)
  const isThere = judge(token, snapshot, directory.tokenDn) === 'same' && token?.state === 'done'
  const fence = createFence({ ...directory, now: () => performance.now() }, snapshot, token)
  const delivery = { snapshot, context, directory, token, fence }
  const wanted = await indexWanted(snapshot, directory, context.signal)
  if (!isThere) return (await fence.take(namesOf(wanted))) ? bringAbout(delivery, wanted) : undefined
  const found = await survey(directory, wanted, token)
  const problems = createProblems()
  const left = await findForeign({ ...delivery, survey: found }, ({ dn }) => problems.foreign(dn))
  if (left.unlike.size > 0 || left.surplus.length > 0)
    return (await fence.take(namesOf(wanted))) ? repair(delivery, { wanted, survey: left, problems }) : undefined
  problems.throwIfAny(snapshot)
  return receiptOf(snapshot, false)
}

interface Delivery {
  readonly snapshot: Snapshot
  readonly context: DeliveryContext
  readonly directory: Directory
  readonly token: StoredToken | undefined
  readonly fence: Fence
}

/** Brings a snapshot that is news, or whose delivery broke off. */
async function bringAbout(delivery: Delivery, wanted: Wanted): Promise<Receipt> {
  const { snapshot, context, directory, token, fence } = delivery
  const first = createProblems()
  let changed = await apply(delivery, await survey(directory, wanted, token), first)
  // What was in an entry's way may be gone now; and what a delivery that we cut short had in hand may have come since.
  const isSettled = (first.refusals === 0 || changed === 0) && token?.state !== 'writing'
  if (isSettled) return finished(delivery, { wanted, problems: first, isChanged: isNews(delivery) || changed > 0 })
  if (token?.state === 'writing') await setTimeout(fence.unsettledMs(), undefined, { signal: context.signal })
  const problems = createProblems()
  const again = await indexWanted(snapshot, directory, context.signal)
  changed += await apply(delivery, await survey(directory, again, token), problems)
  return finished(delivery, { wanted, problems, isChanged: isNews(delivery) || changed > 0 })
}

async function repair(
  delivery: Delivery,
  {
    wanted,
    survey: found,
    problems,
  }: { readonly wanted: Wanted; readonly survey: Survey; readonly problems: Problems },
): Promise<Receipt> {
  const changed = await apply(delivery, found, problems)
  return finished(delivery, { wanted, problems, isChanged: changed > 0 })
}

async function apply(delivery: Delivery, found: Survey, problems: Problems): Promise<number> {
  const { snapshot, context, directory, fence } = delivery
  const writing = { connection: directory.connection, fence, problems }
  const put = await putEntries({ ...writing, directory, snapshot, survey: found, signal: context.signal })
  context.reached('delivery.during')
  context.signal.throwIfAborted()
  return put + (await takeAway(found.surplus, directory.options.batchSize, writing))
}

interface Finish {
  readonly wanted: Wanted
  readonly problems: Problems
  readonly isChanged: boolean
}

async function finished({ snapshot, fence }: Delivery, { wanted, problems, isChanged }: Finish): Promise<Receipt> {
  await fence.finish(namesOf(wanted))
  problems.throwIfAny(snapshot)
  return receiptOf(snapshot, isChanged)
}

function isNews({ snapshot, token }: Delivery): boolean {
  return token?.generation !== snapshot.generation
}

function namesOf({ attributes, classes }: Wanted): { readonly attributes: string[]; readonly classes: string[] } {
  return { attributes: [...attributes], classes: [...classes] }
}

function receiptOf({ generation, hash }: Snapshot, changed: boolean): Receipt {
  return { generation, hash, changed }
}
