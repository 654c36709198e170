import { createHash } from 'node:crypto'
import type { Observation, Snapshot } from './destination.ts'
import { createFindings } from './observation.ts'

/** The SHA-256 of every file of a snapshot, in its order. */
export async function digestFiles(snapshot: Snapshot, signal: AbortSignal): Promise<string[]> {
  const digests: string[] = []
  for (const { path } of snapshot.files) {
    const hash = createHash('sha256')
    for await (const chunk of snapshot.read(path)) {
      signal.throwIfAborted()
      hash.update(chunk)
    }
    digests.push(hash.digest('hex'))
  }
  return digests
}

/** Files as they lie at a destination: of ours what was installed and is still there, and others beside them. */
export interface FilesThere {
  readonly generation: number | undefined
  readonly ours: readonly { readonly path: string; readonly sha256: string }[]
  readonly foreign?: readonly string[]
}

/** Holds the files at a destination against those of a snapshot. */
export async function compareFiles(snapshot: Snapshot, there: FilesThere, signal: AbortSignal): Promise<Observation> {
  const digests = await digestFiles(snapshot, signal)
  const ours = new Map(there.ours.map(({ path, sha256 }) => [path, sha256]))
  const foreign = new Set(there.foreign)
  const findings = createFindings()
  for (const [index, { path }] of snapshot.files.entries()) {
    const found = ours.get(path)
    if (found === digests[index]) findings.same()
    else if (found !== undefined) findings.drift('different', path)
    else if (!foreign.has(path)) findings.drift('missing', path)
  }
  const wanted = new Set(snapshot.files.map(({ path }) => path))
  for (const path of ours.keys()) if (!wanted.has(path)) findings.drift('surplus', path)
  for (const path of foreign) findings.drift('foreign', path)
  return findings.observation(there.generation)
}
