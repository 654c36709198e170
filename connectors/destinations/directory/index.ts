import { mkdir } from 'node:fs/promises'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { DeliveryContext, Destination, DestinationType } from '../../destination.ts'
import { isSafeFileName, requirePlainWords, requireSafeFileNames } from '../../file-names.ts'
import { deliverFiles, observeFiles } from '../../service-folder/deliver.ts'
import { openBelow } from '../../service-folder/folder.ts'
import { checkFolder } from './check-folder.ts'
import { localFiles } from './local-files.ts'

/** Writes snapshots into `<out>/<path>/<service>/`, each file whole or not at all. */
export const destinationType: DestinationType = {
  type: 'directory',
  create(options, { out }) {
    const path = readPath(options)
    const partsOf = (service: string): readonly string[] => {
      requirePlainWords([service])
      return [...path.split('/'), service]
    }
    return {
      check: ({ signal }) => {
        signal.throwIfAborted()
        return checkFolder(out, path.split('/'))
      },
      deliver: (snapshot, context) =>
        explained(context, async () => {
          requireSafeFileNames(snapshot.files.map((file) => file.path))
          await mkdir(out, { recursive: true })
          const folder = await openBelow(localFiles, out, partsOf(snapshot.service))
          return deliverFiles({ files: localFiles, folder }, snapshot, context)
        }),
      observe: (snapshot, context) =>
        explained(context, async () => {
          const folder = [out, ...partsOf(snapshot.service)].join('/')
          return observeFiles({ files: localFiles, folder }, snapshot, context.signal)
        }),
    } satisfies Destination
  },
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
