import type { DeliveryContext, Observation, Snapshot } from '../../destination.ts'
import { createFindings } from '../../observation.ts'
import type { Directory } from './directory.ts'
import { eachUnlike } from './foreign.ts'
import { indexWanted, survey } from './survey.ts'
import { readToken } from './token.ts'

/** Holds the entries of ours against the snapshot, and looks who made those that are missing. */
export async function observe(
  snapshot: Snapshot,
  context: DeliveryContext,
  directory: Directory,
): Promise<Observation> {
  const token = await readToken(directory.connection, directory.tokenDn)
  const wanted = await indexWanted(snapshot, directory, context.signal)
  const found = await survey(directory, wanted, token)
  const findings = createFindings()
  for (let count = 0; count < found.same; count += 1) findings.same()
  await eachUnlike({ snapshot, context, directory, survey: found }, ({ dn }, kind) => findings.drift(kind, dn))
  for (const dn of found.surplus) findings.drift('surplus', dn)
  return findings.observation(token?.generation)
}
