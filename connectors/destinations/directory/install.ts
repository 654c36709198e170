import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Snapshot } from '../../destination.ts'
import { foldersOf, isSafeFileName } from '../../file-names.ts'
import { fileDigest, isErrno, statOf } from './digests.ts'
import { openBelow, syncToDisk } from './folder.ts'
import { partSuffix } from './stage.ts'
import type { Staged } from './stage.ts'
import { judge, ownFolder, parse, readText, readToken, refused, tokenFile } from './token.ts'
import type { Token } from './token.ts'

/** In a claim: the files it may have made, written before it makes the first one. */
const ownedFile = 'owned.json'

interface Job {
  readonly folder: string
  readonly staged: Staged
  readonly snapshot: Snapshot
}

/**
 * Puts staged files in place; false where they were there already. Everything it does to the folder is a rename out of or
 * into its claim, so a newer delivery fences off a paused older one by taking its claim away: no lock can go stale.
 */
export async function install(folder: string, staged: Staged, snapshot: Snapshot): Promise<boolean> {
  const job = { folder, staged, snapshot }
  await fenced(job, () => rename(staged.part, staged.claim))
  const others = await otherDeliveries(job)
  const newer = others.find((name) => !name.endsWith(partSuffix) && generationOf(name) > snapshot.generation)
  if (newer !== undefined) throw refused('FENCED', snapshot, `generation ${generationOf(newer)} is on its way`)
  const token = await readToken(folder)
  judge(token, snapshot)
  await fenceOff(job, others)
  const before = new Set([...(token?.files ?? []).map(({ path }) => path), ...(await ownedBelow(staged.claim))])
  await refuseForeign(job, before)
  await writeOwned(job, before)
  const isChanged = await putInPlace(job, token)
  const hasVanished = await takeAway(job, before)
  await writeToken(job)
  return isChanged || hasVanished || token?.generation !== snapshot.generation
}

/** Removes what a delivery leaves behind; where it stopped half-way, the list of files it may have made stays for the next one. */
export async function removeStaged({ part, claim }: Staged): Promise<void> {
  await rm(part, { recursive: true, force: true })
  const isInherited =
    (await statOf(join(claim, ownedFile))) !== undefined || (await statOf(join(claim, 'fenced'))) !== undefined
  await rm(isInherited ? join(claim, 'files') : claim, { recursive: true, force: true })
}

/** Whether a delivery holds the folder, or ended by force before it let go. */
export async function isClaimed(folder: string): Promise<boolean> {
  return (await deliveriesIn(folder)).some((name) => !name.endsWith(partSuffix))
}

async function otherDeliveries({ folder, staged }: Job): Promise<string[]> {
  return (await deliveriesIn(folder)).filter((name) => join(folder, ownFolder, name) !== staged.claim)
}

async function deliveriesIn(folder: string): Promise<string[]> {
  const names = await readNames(join(folder, ownFolder))
  return names.filter((name) => /^\d+-[0-9a-f-]{36}(\.part)?$/.test(name))
}

function generationOf(name: string): number {
  return Number(name.slice(0, name.indexOf('-')))
}

/** Takes away the claims and halves of deliveries that are not newer: living ones fail at their next step, dead ones are cleaned up. */
async function fenceOff({ folder, staged, snapshot }: Job, others: readonly string[]): Promise<void> {
  const outdated = others.filter((name) => generationOf(name) <= snapshot.generation)
  if (outdated.length === 0) return
  await mkdir(join(staged.claim, 'fenced'), { recursive: true })
  for (const name of outdated) await renameIfThere(join(folder, ownFolder, name), join(staged.claim, 'fenced', name))
  await syncToDisk(join(folder, ownFolder))
}

/** The files that fenced-off deliveries may have made, as they wrote down. */
async function ownedBelow(claim: string): Promise<string[]> {
  const names = await readNames(join(claim, 'fenced'))
  const found: string[] = []
  for (const name of names) {
    const inner = join(claim, 'fenced', name)
    const listed = parse((await readText(join(inner, ownedFile))) ?? '')
    // A torn list is one whose delivery had not begun to make files.
    if (Array.isArray(listed))
      found.push(...listed.filter((path): path is string => typeof path === 'string' && isSafeFileName(path)))
    found.push(...(await ownedBelow(inner)))
  }
  return found
}

async function refuseForeign({ folder, staged, snapshot }: Job, owned: ReadonlySet<string>): Promise<void> {
  for (const { path, sha256 } of staged.files) {
    if (owned.has(path)) continue
    const target = join(folder, path)
    if ((await statOf(target)) === undefined || (await fileDigest(target)) === sha256) continue
    throw refused('DELIVERY_REFUSED', snapshot, `"${path}" is there and was not made by Guildhall; move it away`)
  }
}

async function writeOwned(job: Job, before: ReadonlySet<string>): Promise<void> {
  const paths = [...new Set([...before, ...job.staged.files.map(({ path }) => path)])]
  await fenced(job, () => writeFile(join(job.staged.claim, ownedFile), JSON.stringify(paths), { flush: true }))
  await fenced(job, () => syncToDisk(job.staged.claim))
}

async function putInPlace(job: Job, token: Token | undefined): Promise<boolean> {
  const installed = new Map((token?.files ?? []).map(({ path, sha256 }) => [path, sha256]))
  const touched = new Set<string>()
  for (const [index, { path, sha256 }] of job.staged.files.entries()) {
    const target = join(job.folder, path)
    if (installed.get(path) === sha256 && (await fileDigest(target)) === sha256) continue
    const source = join(job.staged.claim, 'files', String(index))
    const parent = await openBelow(job.folder, path.split('/').slice(0, -1))
    await fenced(job, () => syncToDisk(source))
    await fenced(job, () => rename(source, target))
    touched.add(parent)
  }
  for (const parent of touched) await syncToDisk(parent)
  return touched.size > 0
}

async function takeAway(job: Job, before: ReadonlySet<string>): Promise<boolean> {
  const wanted = new Set(job.staged.files.map(({ path }) => path))
  const gone = [...before].filter((path) => !wanted.has(path))
  if (gone.length === 0) return false
  const bin = join(job.staged.claim, 'gone')
  await fenced(job, () => mkdir(bin))
  for (const [index, path] of gone.entries()) await takeOneAway(job, path, join(bin, String(index)))
  return true
}

async function takeOneAway(job: Job, path: string, to: string): Promise<void> {
  const target = join(job.folder, path)
  for (const folder of foldersOf(path)) {
    if ((await statOf(join(job.folder, folder)))?.isDirectory() !== true) return
  }
  if ((await statOf(target))?.isFile() !== true) return
  await fenced(job, () => rename(target, to))
  await syncToDisk(dirname(target))
  for (const folder of foldersOf(path).reverse()) await removeIfEmpty(join(job.folder, folder))
}

async function writeToken(job: Job): Promise<void> {
  const { facility, service, generation, hash } = job.snapshot
  const token: Token = { version: 1, facility, service, generation, hash, files: job.staged.files }
  const own = join(job.folder, ownFolder)
  const draft = join(job.staged.claim, tokenFile)
  await fenced(job, () => writeFile(draft, `${JSON.stringify(token)}\n`, { flush: true }))
  await fenced(job, () => rename(draft, join(own, tokenFile)))
  await syncToDisk(own)
  await rm(job.staged.claim, { recursive: true, force: true })
}

/** A step that needs our claim; when the claim is gone, a newer delivery has taken it. */
async function fenced<T>({ snapshot, staged }: Job, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const isGone = isErrno(error, 'ENOENT') && (await statOf(staged.claim)) === undefined
    throw isGone ? refused('FENCED', snapshot, 'another delivery has taken its place') : error
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || (await statOf(from)) !== undefined) throw error
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].some((code) => isErrno(error, code))) throw error
  }
}

async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return []
    throw error
  }
}
