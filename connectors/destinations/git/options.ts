import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isSafeFileName } from '../../file-names.ts'
import { isBranch, protocolOf } from '../../git/addresses.ts'
import { invalidOption, readHostKey, readSecretName } from '../../ssh/place.ts'

/** How Guildhall is known to a repository's server. */
export type Login =
  | { readonly kind: 'ssh'; readonly keySecret: string; readonly hostKey: string }
  | { readonly kind: 'https'; readonly user: string; readonly passwordSecret: string }
  /** A folder of the worker's machine. */
  | { readonly kind: 'local' }

/** Where commits go. */
export interface GitOptions {
  /** Of a local one: below `$GUILDHALL_OUT`. */
  readonly url: string
  readonly branch: string
  /** The folder in the repository that those of services lie in; empty for the repository itself. */
  readonly path: string
  readonly login: Login
}

/** Checks the options once more, strictly: they become words of a command and an address. */
export function readOptions(options: JsonObject): GitOptions {
  const url = options['url']
  const login = typeof url === 'string' ? loginTo(url, options) : undefined
  if (typeof url !== 'string' || login === undefined) {
    const example =
      'an ssh or https address without a password, such as "git@git.example.org:hpc/files.git", or the name of a folder below $GUILDHALL_OUT'
    throw invalidOption('git', { option: 'url', value: undefined, example })
  }
  const branch = options['branch']
  if (typeof branch !== 'string' || !isBranch(branch))
    throw invalidOption('git', { option: 'branch', value: branch, example: 'a name such as "main"' })
  return { url, branch, path: readPath(options['path']), login }
}

function loginTo(url: string, options: JsonObject): Login | undefined {
  switch (protocolOf(url)) {
    case 'ssh':
      return {
        kind: 'ssh',
        keySecret: readSecretName('git', 'key', options['key']),
        hostKey: readHostKey('git', options['hostKey']),
      }
    case 'https':
      return {
        kind: 'https',
        user: readUser(options['user']),
        passwordSecret: readSecretName('git', 'password', options['password']),
      }
    case undefined:
      return isSafeFileName(url) ? { kind: 'local' } : undefined
  }
}

function readUser(user: JsonValue | undefined): string {
  if (typeof user === 'string' && /^[A-Za-z0-9._@+-]{1,100}$/.test(user)) return user
  throw invalidOption('git', { option: 'user', value: user, example: 'an account name such as "guildhall"' })
}

function readPath(path: JsonValue | undefined): string {
  if (path === undefined) return ''
  if (typeof path === 'string' && isSafeFileName(path)) return path
  throw invalidOption('git', { option: 'path', value: path, example: 'relative and without "..", such as "hosts/hpc"' })
}
