import { join } from 'node:path'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type {
  DeliveryContext,
  Destination,
  DestinationType,
  Observation,
  Receipt,
  Snapshot,
} from '../../destination.ts'
import { isSafeFileName, requireSafeFileNames } from '../../file-names.ts'
import { compareFiles } from '../../snapshot-files.ts'
import { fileDigest } from './digests.ts'
import { checkFolder, foreignFiles, openFolder } from './folder.ts'
import { install, isClaimed, removeStaged } from './install.ts'
import { inTurn } from './in-turn.ts'
import { stage } from './stage.ts'
import { judge, readToken } from './token.ts'
import type { InstalledFile, Token } from './token.ts'

/** How often a delivery starts again because another one of the same generation took its place. */
const attempts = 3

/** Writes snapshots into `<out>/<path>/<service>/`, each file whole or not at all. */
export const destinationType: DestinationType = {
  type: 'directory',
  create(options, { out }) {
    const path = readPath(options)
    const folderOf = (service: string): readonly string[] => [...path.split('/'), requireService(service)]
    return {
      check: ({ signal }) => {
        signal.throwIfAborted()
        return checkFolder(out, path.split('/'))
      },
      deliver: (snapshot, context) =>
        explained(context, () => deliver(snapshot, context, { out, parts: folderOf(snapshot.service) })),
      observe: (snapshot, context) =>
        explained(context, () => observe(join(out, ...folderOf(snapshot.service)), snapshot, context)),
    } satisfies Destination
  },
}

interface Place {
  readonly out: string
  readonly parts: readonly string[]
}

async function deliver(snapshot: Snapshot, context: DeliveryContext, place: Place): Promise<Receipt> {
  requireSafeFileNames(snapshot.files.map(({ path }) => path))
  const folder = await openFolder(place.out, place.parts)
  for (let attempt = 1; ; attempt += 1) {
    context.signal.throwIfAborted()
    const token = await readToken(folder)
    const isThere = judge(token, snapshot) === 'same' && (await isIntact(folder, token))
    if (isThere && !(await isClaimed(folder))) return receipt(snapshot, false)
    try {
      const isChanged = await stageAndInstall(folder, snapshot, context)
      return receipt(snapshot, isChanged)
    } catch (error) {
      if (attempt >= attempts || !(error instanceof GuildhallError) || error.code !== 'FENCED') throw error
    }
  }
}

async function stageAndInstall(folder: string, snapshot: Snapshot, context: DeliveryContext): Promise<boolean> {
  const staged = await stage(folder, snapshot, context.signal)
  try {
    context.reached('delivery.during')
    context.signal.throwIfAborted()
    return await inTurn(folder, () => install(folder, staged, snapshot))
  } finally {
    await removeStaged(staged)
  }
}

async function observe(folder: string, snapshot: Snapshot, { signal }: DeliveryContext): Promise<Observation> {
  const token = await readToken(folder)
  const installed = (token?.files ?? []).map(({ path }) => path)
  const ours: InstalledFile[] = []
  for (const path of installed) {
    signal.throwIfAborted()
    const sha256 = await fileDigest(join(folder, path))
    if (sha256 !== undefined) ours.push({ path, sha256 })
  }
  const foreign = await foreignFiles(folder, new Set(installed))
  return compareFiles(snapshot, { generation: token?.generation, ours, foreign }, signal)
}

async function isIntact(folder: string, token: Token | undefined): Promise<boolean> {
  for (const { path, sha256 } of token?.files ?? []) {
    if ((await fileDigest(join(folder, path))) !== sha256) return false
  }
  return true
}

function receipt({ generation, hash }: Snapshot, changed: boolean): Receipt {
  return { generation, hash, changed }
}

/** Gives what the operating system says the words of a delivery; an aborted one ends with the signal's own reason. */
async function explained<T>(context: DeliveryContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GuildhallError) throw error
    context.signal.throwIfAborted()
    if (!isSystemError(error)) throw error
    throw new GuildhallError(
      'DELIVERY_REFUSED',
      `Cannot write to the directory: ${error.message}; see to space, rights and mounts there`,
      {
        cause: error,
      },
    )
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error
}

function readPath(options: JsonObject): string {
  const path = options['path']
  if (typeof path === 'string' && isSafeFileName(path)) return path
  throw new GuildhallError(
    'DESTINATION_OPTIONS_INVALID',
    `Cannot use a directory destination with path ${JSON.stringify(path)}: it must be relative, without ".." and of plain characters, such as "clusters/hpc"`,
  )
}

function requireService(service: string): string {
  if (isSafeFileName(service) && !service.includes('/')) return service
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot deliver service ${JSON.stringify(service)}: its name cannot be a folder's`,
  )
}
