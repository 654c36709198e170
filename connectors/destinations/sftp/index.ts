import { randomUUID } from 'node:crypto'
import { GuildhallError } from '../../../core/errors.ts'
import type { DeliveryContext, Destination, DestinationType } from '../../destination.ts'
import { requirePlainWords, requireSafeFileNames } from '../../file-names.ts'
import { deliverFiles, observeFiles } from '../../service-folder/deliver.ts'
import { openBelow } from '../../service-folder/folder.ts'
import { readOptions } from './options.ts'
import { remoteFiles } from './remote-files.ts'
import { noSuchFile, statusOf, type Requests } from './requests.ts'
import { visit } from './session.ts'

/** Writes snapshots into `<path>/<service>/` of a host that takes SFTP alone, each file whole or not at all. */
export const destinationType: DestinationType = {
  type: 'sftp',
  create(settings, environment) {
    const options = readOptions(settings)
    const { place, path } = options
    const at = `${place.user}@${place.host}:${place.port}`
    const visiting = async <T>({ signal }: DeliveryContext, work: (requests: Requests) => Promise<T>): Promise<T> =>
      visit({ options, key: await environment.secret(place.keySecret), signal }, work)
    return {
      check: (context) => visiting(context, (requests) => check(requests, path)),
      async deliver(snapshot, context) {
        requireSafeFileNames(snapshot.files.map((file) => file.path))
        requirePlainWords([snapshot.service])
        return visiting(context, async (requests) => {
          await requirePath(requests, path)
          const files = remoteFiles(at, requests)
          const folder = await openBelow(files, path, [snapshot.service])
          return deliverFiles({ files, folder }, snapshot, context)
        })
      },
      async observe(snapshot, context) {
        requirePlainWords([snapshot.service])
        const folder = `${path}/${snapshot.service}`
        return visiting(context, (requests) =>
          observeFiles({ files: remoteFiles(at, requests), folder }, snapshot, context.signal),
        )
      },
    } satisfies Destination
  },
}

async function check(requests: Requests, path: string): Promise<void> {
  await requirePath(requests, path)
  // Where renaming is offered and allowed, what is missing is that there is no such file.
  const nothing = `${path}/.guildhall-${randomUUID()}`
  await requests
    .tell((sftp, done) => sftp.ext_openssh_rename(nothing, `${nothing}-renamed`, done))
    .catch((error: unknown) => {
      if (statusOf(error) !== noSuchFile) throw error
    })
}

/** The folder may be reached through links that the host's owner made; a mistyped one is not made. */
async function requirePath({ ask }: Requests, path: string): Promise<void> {
  const found = await ask<{ isDirectory(): boolean }>((sftp, done) => sftp.stat(path, done)).catch((error: unknown) => {
    if (statusOf(error) === noSuchFile) return undefined
    throw error
  })
  if (found?.isDirectory() === true) return
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot deliver into "${path}": there is no such folder as the SFTP server sees it; make it, and give it to the login`,
    { facts: { path } },
  )
}
