/** What git may know of the process around it, and nothing else. */
export interface GitEnvironment {
  readonly PATH: string
  readonly HOME?: string
  readonly SSH_AUTH_SOCK?: string
  /** The operator's own way to call ssh; ours where both are absent. */
  readonly GIT_SSH_COMMAND?: string
  readonly GIT_SSH?: string
}

/** Nobody is there to answer a question about a host key or a passphrase, and a dead connection must end. */
const sshCommand = 'ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15'

/** Settings of every call: they stand above every configuration file; none of these files is read anyway. */
export const gitSettings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'credential.helper=',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
]

/** The variables every git process gets. */
export function gitVariables(environment: GitEnvironment, allowsFiles: boolean): Record<string, string> {
  const hasOwnSsh = environment.GIT_SSH_COMMAND !== undefined || environment.GIT_SSH !== undefined
  return {
    ...(hasOwnSsh ? {} : { GIT_SSH_COMMAND: sshCommand }),
    ...environment,
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: allowsFiles ? 'https:ssh:file' : 'https:ssh',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
}
