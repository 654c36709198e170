import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { GuildhallError } from '../../core/errors.ts'

/** The account a server runs under when we are root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const accountName = 'guildhall-postgres'

/**
 * The account PostgreSQL must run under; undefined when our own will do. PostgreSQL refuses root, so as root it is the
 * owner of the data that is there, or a system user of its own.
 */
export function postgresAccount(dataFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = ownerOf(dataFolder)
  if (owner !== undefined && owner.uid !== 0) return owner
  return accountNamed(accountName) ?? makeAccount()
}

/** Tells whether the account can do it: the shell's `test` words, tried for real under that account. */
export function accountCan(account: Account, test: readonly string[]): boolean {
  return spawnSync('/bin/sh', ['-c', 'exec test "$@"', 'test', ...test], { ...account, cwd: '/' }).status === 0
}

function ownerOf(folder: string): Account | undefined {
  if (!existsSync(folder)) return undefined
  const { uid, gid } = statSync(folder)
  return { uid, gid }
}

function accountNamed(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((text) => text.split(':'))
    .find((fields) => fields[0] === name)
  return line === undefined ? undefined : { uid: Number(line[2]), gid: Number(line[3]) }
}

function makeAccount(): Account {
  const shell = existsSync('/usr/sbin/nologin') ? '/usr/sbin/nologin' : '/bin/false'
  const ways = [
    [
      'useradd',
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      shell,
      accountName,
    ],
    ['adduser', '-S', '-D', '-H', '-s', shell, accountName],
  ]
  for (const [command = '', ...args] of ways) {
    spawnSync(command, args, { stdio: 'ignore' })
    const made = accountNamed(accountName)
    if (made !== undefined) return made
  }
  const existing = accountNamed('postgres') ?? accountNamed('nobody')
  if (existing !== undefined) return existing
  throw new GuildhallError(
    'SERVER_MISSING',
    `Cannot start PostgreSQL as root: it refuses root, and the system user "${accountName}" could not be made with useradd or adduser; make it, or start as an ordinary user`,
  )
}
