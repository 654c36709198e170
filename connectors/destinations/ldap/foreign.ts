import type { DeliveryContext, Snapshot } from '../../destination.ts'
import type { Directory } from './directory.ts'
import { wantedEntries } from './records.ts'
import type { WantedEntry } from './records.ts'
import type { Survey } from './survey.ts'

/** What was found in a directory for a snapshot. */
interface Surveyed {
  readonly snapshot: Snapshot
  readonly context: DeliveryContext
  readonly directory: Directory
  readonly survey: Survey
}

/** The survey without entries that are missing because somebody else's are there; these are told. */
export async function findForeign(surveyed: Surveyed, tell: (entry: WantedEntry) => void): Promise<Survey> {
  const unlike = new Map(surveyed.survey.unlike)
  await eachUnlike(surveyed, (entry, kind) => {
    if (kind !== 'foreign') return
    unlike.delete(entry.key)
    tell(entry)
  })
  return { ...surveyed.survey, unlike }
}

/** Visits every wanted entry that is not there as it should be. */
export async function eachUnlike(
  { snapshot, context, directory, survey }: Surveyed,
  visit: (entry: WantedEntry, kind: 'different' | 'foreign' | 'missing') => void,
): Promise<void> {
  if (survey.unlike.size === 0) return
  let asked: WantedEntry[] = []
  const flush = async (): Promise<void> => {
    const [entries, names] = [asked, asked.map(({ dn }) => dn)]
    asked = []
    const found = names.length === 0 ? [] : await directory.connection.readAll(names, ['1.1'])
    for (const [index, entry] of entries.entries()) visit(entry, found[index] === undefined ? 'missing' : 'foreign')
  }
  for await (const entries of wantedEntries(snapshot, directory)) {
    context.signal.throwIfAborted()
    for (const entry of entries) {
      const how = survey.unlike.get(entry.key)
      if (how === 'different') visit(entry, how)
      if (how === 'missing') asked.push(entry)
      if (asked.length >= directory.options.batchSize) await flush()
    }
  }
  await flush()
}
