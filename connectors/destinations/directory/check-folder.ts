import { access, constants } from 'node:fs/promises'
import { GuildhallError } from '../../../core/errors.ts'
import { requireFolder } from '../../service-folder/folder.ts'
import { isErrno, localFiles } from './local-files.ts'

/** Fails where a delivery could not write, and changes nothing. */
export async function checkFolder(out: string, parts: readonly string[]): Promise<void> {
  let writable = out
  let folder = out
  for (const part of parts) {
    folder = `${folder}/${part}`
    if ((await localFiles.kindOf(folder)) === undefined) break
    await requireFolder(localFiles, folder)
    writable = folder
  }
  try {
    await access(writable, constants.W_OK)
  } catch (cause) {
    if (writable === out && isErrno(cause, 'ENOENT')) return
    throw new GuildhallError('DELIVERY_REFUSED', `Cannot write to "${writable}": give the worker's user the right to`, {
      cause,
    })
  }
}
