import type { Snapshot } from '../destination.ts'
import { refusedSnapshot } from '../fencing.ts'
import { foldersOf, isSafeFileName } from '../file-names.ts'
import { eachOf, fileDigest, readText, writeText, type FileAccess } from './file-access.ts'
import { openBelow } from './folder.ts'
import { partSuffix, type ServiceFolder, type Staged } from './stage.ts'
import { judge, ownFolder, parse, readToken, tokenFile, tokenOf, type Token } from './token.ts'

/** In a claim: the files it may have made, written before it makes the first one. */
const ownedFile = 'owned.json'

interface Job extends ServiceFolder {
  readonly staged: Staged
  readonly snapshot: Snapshot
}

/**
 * Puts staged files in place; false where they were there already. Everything it does to the folder is a rename out of or
 * into its claim, so a newer delivery fences off a paused older one by taking its claim away: no lock can go stale.
 */
export async function install(place: ServiceFolder, staged: Staged, snapshot: Snapshot): Promise<boolean> {
  const { files, folder } = place
  const job = { files, folder, staged, snapshot }
  await fenced(job, () => files.rename(staged.part, staged.claim))
  const others = await otherDeliveries(job)
  const newer = others.find((name) => !name.endsWith(partSuffix) && generationOf(name) > snapshot.generation)
  if (newer !== undefined) throw refusedSnapshot('FENCED', snapshot, `generation ${generationOf(newer)} is on its way`)
  const token = await readToken(files, folder)
  judge(token, snapshot)
  await fenceOff(job, others)
  const before = new Set([...(token?.files ?? []).map(({ path }) => path), ...(await ownedBelow(files, staged.claim))])
  await refuseForeign(job, before)
  await writeOwned(job, before)
  const isChanged = await putInPlace(job, token)
  const hasVanished = await takeAway(job, before)
  await writeToken(job)
  return isChanged || hasVanished || token?.generation !== snapshot.generation
}

/** Removes what a delivery leaves behind; where it stopped half-way, the list of files it may have made stays for the next one. */
export async function removeStaged(files: FileAccess, { part, claim }: Staged): Promise<void> {
  await files.removeAll(part)
  const isInherited =
    (await files.kindOf(`${claim}/${ownedFile}`)) !== undefined || (await files.kindOf(`${claim}/fenced`)) !== undefined
  await files.removeAll(isInherited ? `${claim}/files` : claim)
}

/** Whether a delivery holds the folder, or ended by force before it let go. */
export async function isClaimed({ files, folder }: ServiceFolder): Promise<boolean> {
  return (await deliveriesIn(files, folder)).some((name) => !name.endsWith(partSuffix))
}

async function otherDeliveries({ files, folder, staged }: Job): Promise<string[]> {
  return (await deliveriesIn(files, folder)).filter((name) => `${folder}/${ownFolder}/${name}` !== staged.claim)
}

async function deliveriesIn(files: FileAccess, folder: string): Promise<string[]> {
  const entries = await files.list(`${folder}/${ownFolder}`)
  return entries.flatMap(({ name }) => (/^\d+-[0-9a-f-]{36}(\.part)?$/.test(name) ? [name] : []))
}

function generationOf(name: string): number {
  return Number(name.slice(0, name.indexOf('-')))
}

/** Takes away the claims and halves of deliveries that are not newer: living ones fail at their next step, dead ones are cleaned up. */
async function fenceOff(job: Job, others: readonly string[]): Promise<void> {
  const { files, folder, staged, snapshot } = job
  const outdated = others.filter((name) => generationOf(name) <= snapshot.generation)
  if (outdated.length === 0) return
  await fenced(job, () => files.makeFolder(`${staged.claim}/fenced`))
  for (const name of outdated)
    await renameIfThere(files, `${folder}/${ownFolder}/${name}`, `${staged.claim}/fenced/${name}`)
  await files.sync(`${folder}/${ownFolder}`)
}

/** The files that fenced-off deliveries may have made, as they wrote down. */
async function ownedBelow(files: FileAccess, claim: string): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await files.list(`${claim}/fenced`)) {
    const inner = `${claim}/fenced/${name}`
    const listed = parse((await readText(files, `${inner}/${ownedFile}`)) ?? '')
    // A torn list is one whose delivery had not begun to make files.
    if (Array.isArray(listed))
      found.push(...listed.filter((path): path is string => typeof path === 'string' && isSafeFileName(path)))
    found.push(...(await ownedBelow(files, inner)))
  }
  return found
}

async function refuseForeign({ files, folder, staged, snapshot }: Job, owned: ReadonlySet<string>): Promise<void> {
  const added = staged.files.filter(({ path }) => !owned.has(path))
  await eachOf(added, files.atOnce, async ({ path, sha256 }) => {
    const target = `${folder}/${path}`
    if ((await files.kindOf(target)) === undefined || (await fileDigest(files, target)) === sha256) return
    throw refusedSnapshot(
      'DELIVERY_REFUSED',
      snapshot,
      `"${path}" is there and was not made by Guildhall; move it away`,
    )
  })
}

async function writeOwned(job: Job, before: ReadonlySet<string>): Promise<void> {
  const { files, staged } = job
  const paths = [...new Set([...before, ...staged.files.map(({ path }) => path)])]
  await fenced(job, () => writeText(files, `${staged.claim}/${ownedFile}`, JSON.stringify(paths)))
  await fenced(job, () => files.sync(staged.claim))
}

async function putInPlace(job: Job, token: Token | undefined): Promise<boolean> {
  const { files, folder, staged } = job
  const installed = new Map((token?.files ?? []).map(({ path, sha256 }) => [path, sha256]))
  const touched = new Set<string>()
  await eachOf(staged.files, files.atOnce, async ({ path, sha256 }, index) => {
    const target = `${folder}/${path}`
    if (installed.get(path) === sha256 && (await fileDigest(files, target)) === sha256) return
    const source = `${staged.claim}/files/${index}`
    const parent = await openBelow(files, folder, path.split('/').slice(0, -1))
    await fenced(job, () => files.sync(source))
    await fenced(job, () => files.rename(source, target))
    touched.add(parent)
  })
  for (const parent of touched) await files.sync(parent)
  return touched.size > 0
}

async function takeAway(job: Job, before: ReadonlySet<string>): Promise<boolean> {
  const wanted = new Set(job.staged.files.map(({ path }) => path))
  const gone = [...before].filter((path) => !wanted.has(path))
  if (gone.length === 0) return false
  const bin = `${job.staged.claim}/gone`
  await fenced(job, () => job.files.makeFolder(bin))
  for (const [index, path] of gone.entries()) await takeOneAway(job, path, `${bin}/${index}`)
  return true
}

async function takeOneAway(job: Job, path: string, to: string): Promise<void> {
  const { files, folder } = job
  const above = foldersOf(path).map((name) => `${folder}/${name}`)
  for (const name of above) if ((await files.kindOf(name)) !== 'folder') return
  if ((await files.kindOf(`${folder}/${path}`)) !== 'file') return
  await fenced(job, () => files.rename(`${folder}/${path}`, to))
  await files.sync(above.at(-1) ?? folder)
  for (const name of above.reverse()) await files.removeFolder(name)
}

async function writeToken(job: Job): Promise<void> {
  const { files, folder, snapshot, staged } = job
  const own = `${folder}/${ownFolder}`
  const draft = `${staged.claim}/${tokenFile}`
  await fenced(job, () => writeText(files, draft, tokenOf(snapshot, staged.files)))
  await fenced(job, () => files.rename(draft, `${own}/${tokenFile}`))
  await files.sync(own)
  await files.removeAll(staged.claim)
}

/** A step that needs our claim; when the claim is gone, a newer delivery has taken it. */
async function fenced<T>({ files, snapshot, staged }: Job, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const isGone = files.isMissing(error) && (await files.kindOf(staged.claim)) === undefined
    throw isGone ? refusedSnapshot('FENCED', snapshot, 'another delivery has taken its place') : error
  }
}

async function renameIfThere(files: FileAccess, from: string, to: string): Promise<void> {
  try {
    await files.rename(from, to)
  } catch (error) {
    if (!files.isMissing(error) || (await files.kindOf(from)) !== undefined) throw error
  }
}
