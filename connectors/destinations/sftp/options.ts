import type { JsonObject } from '../../../core/model/json.ts'
import { isSafeFileName } from '../../file-names.ts'
import { invalidOption, readPlace, type SshPlace } from '../../ssh/place.ts'

/** Where an sftp destination is, and how it is known. */
export interface SftpOptions {
  readonly place: SshPlace
  /** The folder that those of services lie in: absolute as the server sees it, or from where a login begins. */
  readonly path: string
}

/** Checks the options once more, strictly. */
export function readOptions(options: JsonObject): SftpOptions {
  const path = options['path']
  if (typeof path === 'string' && isSafeFileName(path.replace(/^\//, ''))) {
    return { place: readPlace('sftp', options), path }
  }
  throw invalidOption('sftp', {
    option: 'path',
    value: path,
    example: 'of plain characters and without "..", such as "/srv/guildhall" or "guildhall"',
  })
}
