import type { Snapshot } from '../../destination.ts'
import { parentKey } from '../../ldap/dn.ts'
import type { EntryChange } from '../../ldap/entry-change.ts'
import type { Values } from '../../ldap/read-ldif.ts'
import { write } from './batch.ts'
import type { Writing } from './batch.ts'
import type { Directory } from './directory.ts'
import { stepsBetween } from './modify.ts'
import { wantedEntries } from './records.ts'
import type { Scope } from './scope.ts'
import { attributesOf, isMarked, thereEntry } from './survey.ts'
import type { Survey } from './survey.ts'

/** In bytes of values: so much is held, and sent, at once. */
const mostBytes = 4 * 1024 ** 2

/** What is put into a directory, and how. */
export interface Putting extends Writing {
  readonly directory: Directory
  readonly snapshot: Snapshot
  readonly survey: Survey
  readonly signal: AbortSignal
}

/** Adds the entries that are missing, those above others first, and changes those that differ; gives how many changes were made. */
export async function putEntries(putting: Putting): Promise<number> {
  const { directory, snapshot, survey, signal } = putting
  let batch = emptyBatch()
  let done = 0
  const flush = async (): Promise<void> => {
    const { entries } = batch
    batch = emptyBatch()
    done += await put(entries, putting)
  }
  for await (const entries of wantedEntries(snapshot, directory)) {
    signal.throwIfAborted()
    for (const entry of entries) {
      const how = survey.unlike.get(entry.key)
      if (how === undefined) continue
      if (how === 'missing' && batch.added.has(parentKey(entry.key))) await flush()
      const values = entry.values()
      batch.entries.push({ ...entry, values, how })
      if (how === 'missing') batch.added.add(entry.key)
      batch.bytes += bytesOf(values)
      if (batch.entries.length >= directory.options.batchSize || batch.bytes >= mostBytes) await flush()
    }
  }
  await flush()
  return done
}

/** An entry that is held until it is written, with its values read. */
interface UnlikeEntry {
  readonly dn: string
  readonly key: string
  readonly values: Values
  readonly how: 'different' | 'missing'
}

interface Batch {
  readonly entries: UnlikeEntry[]
  /** The keys of those that are added. */
  readonly added: Set<string>
  bytes: number
}

function emptyBatch(): Batch {
  return { entries: [], added: new Set(), bytes: 0 }
}

async function put(entries: readonly UnlikeEntry[], putting: Putting): Promise<number> {
  const added = entries.filter(({ how }) => how === 'missing').map((entry) => addition(entry, putting.survey.scope))
  const modified = await modifications(
    entries.filter(({ how }) => how === 'different'),
    putting,
  )
  return write([...added, ...modified], putting)
}

function addition({ dn, values }: UnlikeEntry, { mark }: Scope): EntryChange {
  const all = new Map(values)
  all.set(mark.attribute, [...new Set([...(values.get(mark.attribute) ?? []), mark.value])])
  return { kind: 'add', dn, attributes: [...all].map(([name, those]) => ({ name, values: those })) }
}

/** What differs is read once more: the digests of a survey do not say in what. */
async function modifications(
  entries: readonly UnlikeEntry[],
  { directory: { connection }, survey: { scope }, problems }: Putting,
): Promise<EntryChange[]> {
  if (entries.length === 0) return []
  const found = await connection.readAll(
    entries.map(({ dn }) => dn),
    attributesOf(scope),
  )
  return entries.flatMap((entry, index): EntryChange[] => {
    const one = found[index]
    if (one === undefined) return [addition(entry, scope)]
    const there = thereEntry(one)
    if (!isMarked(there, scope)) {
      problems.foreign(entry.dn)
      return []
    }
    const steps = stepsBetween(there.values, entry.values, scope)
    return steps.length === 0 ? [] : [{ kind: 'modify', dn: entry.dn, steps }]
  })
}

function bytesOf(values: Values): number {
  let bytes = 0
  for (const those of values.values()) for (const value of those) bytes += value.length
  return bytes
}
