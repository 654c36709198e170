import { accessSync, constants, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { GuildhallError } from '../core/errors.ts'
import { isObject } from './embedded/json.ts'

const codes: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS']

/** Tells an error of a file or folder that this user may not use as ours, by user, place and owner; gives any other as it is. */
export function tellDenied(error: unknown): unknown {
  if (!isObject(error) || !('code' in error) || !codes.includes(error.code)) return error
  if (!('path' in error) || typeof error.path !== 'string' || !error.path.startsWith('/')) return error
  const { path } = error
  const { username, uid } = userInfo()
  const folder = dirname(path)
  const barred = isWritable(folder) ? `it${ownerOf(path)}` : `"${folder}"${ownerOf(folder)}`
  return new GuildhallError(
    'ENVIRONMENT_INVALID',
    `Cannot use "${path}": ${barred} is not writable by this user, ${username} (${uid}); give it to this user, or choose a folder of your own with --home`,
    { facts: { path, user: username }, cause: error },
  )
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function ownerOf(path: string): string {
  try {
    return `, which belongs to user ${statSync(path).uid},`
  } catch {
    return ''
  }
}
