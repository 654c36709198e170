/** Names that systems keep for themselves: nobody gets one by applying for it. */
const blocked: ReadonlySet<string> = new Set([
  ...['root', 'toor', 'admin', 'administrator', 'superuser', 'system', 'sysadmin', 'operator', 'nobody', 'nogroup'],
  ...['daemon', 'bin', 'sys', 'sync', 'games', 'man', 'lp', 'mail', 'news', 'uucp', 'proxy', 'backup', 'list', 'irc'],
  ...[
    'adm',
    'shutdown',
    'halt',
    'ftp',
    'sshd',
    'postfix',
    'postmaster',
    'hostmaster',
    'webmaster',
    'abuse',
    'security',
  ],
  ...[
    'wheel',
    'sudo',
    'users',
    'guest',
    'www',
    'http',
    'nginx',
    'apache',
    'mysql',
    'postgres',
    'slurm',
    'munge',
    'ntp',
  ],
])

/** Tells whether a login is none that somebody may apply for; upper and lower case are the same. */
export function isBlockedLogin(login: string): boolean {
  return blocked.has(login.toLowerCase()) || /^(systemd|www)[-_]/i.test(login)
}
