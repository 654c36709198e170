import { GuildhallError } from '../../core/errors.ts'
import type { DeliveryContext, Observation, Receipt, Snapshot } from '../destination.ts'
import { compareFiles } from '../snapshot-files.ts'
import { eachOf, fileDigest } from './file-access.ts'
import { foreignFiles } from './folder.ts'
import { install, isClaimed, removeStaged } from './install.ts'
import { inTurn } from './in-turn.ts'
import { stage, type ServiceFolder } from './stage.ts'
import { judge, readToken, receiptOf, type InstalledFile, type Token } from './token.ts'

/** How often a delivery starts again because another one of the same generation took its place. */
const attempts = 3

/** Brings a snapshot whose names were checked into a service's folder, each file whole or not at all. */
export async function deliverFiles(
  place: ServiceFolder,
  snapshot: Snapshot,
  context: DeliveryContext,
): Promise<Receipt> {
  for (let attempt = 1; ; attempt += 1) {
    context.signal.throwIfAborted()
    const token = await readToken(place.files, place.folder)
    const isThere = judge(token, snapshot) === 'same' && (await isIntact(place, token))
    if (isThere && !(await isClaimed(place))) return receiptOf(snapshot, false)
    try {
      return receiptOf(snapshot, await stageAndInstall(place, snapshot, context))
    } catch (error) {
      if (attempt >= attempts || !(error instanceof GuildhallError) || error.code !== 'FENCED') throw error
    }
  }
}

/** Holds what lies in a service's folder against a snapshot, and changes nothing. */
export async function observeFiles(
  { files, folder }: ServiceFolder,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Observation> {
  const token = await readToken(files, folder)
  const installed = token?.files ?? []
  const ours: InstalledFile[] = []
  await eachOf(installed, files.atOnce, async ({ path }) => {
    signal.throwIfAborted()
    const sha256 = await fileDigest(files, `${folder}/${path}`)
    if (sha256 !== undefined) ours.push({ path, sha256 })
  })
  const foreign = await foreignFiles(files, folder, new Set(installed.map(({ path }) => path)))
  return compareFiles(snapshot, { generation: token?.generation, ours, foreign }, signal)
}

async function stageAndInstall(place: ServiceFolder, snapshot: Snapshot, context: DeliveryContext): Promise<boolean> {
  const staged = await stage(place, snapshot, context.signal)
  try {
    context.reached('delivery.during')
    context.signal.throwIfAborted()
    const isChanged = await inTurn(`${place.files.place}:${place.folder}`, () => install(place, staged, snapshot))
    await removeStaged(place.files, staged)
    return isChanged
  } catch (error) {
    // What broke the delivery off may break this off too; then the next one cleans up.
    await removeStaged(place.files, staged).catch(() => undefined)
    throw error
  }
}

async function isIntact({ files, folder }: ServiceFolder, token: Token | undefined): Promise<boolean> {
  const differing: string[] = []
  await eachOf(token?.files ?? [], files.atOnce, async ({ path, sha256 }) => {
    if (differing.length === 0 && (await fileDigest(files, `${folder}/${path}`)) !== sha256) differing.push(path)
  })
  return differing.length === 0
}
