import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openConfiguration, type OpenConfiguration } from '../../worker/configuration.ts'
import { gitEnvironment } from '../../worker/dependencies.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'

const path = process.env['PATH'] ?? '/usr/bin:/bin'
const farAway = 'ssh://git@config.example.org/hall.git'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-git-'))
  mkdirSync(join(home, 'bin'))
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', join(home, 'repo')])
})

afterEach(() => {
  const left = Number(existsSync(join(home, 'pid')) ? readFileSync(join(home, 'pid'), 'utf8') : '')
  if (left > 0) process.kill(left)
  rmSync(home, { recursive: true, force: true })
})

function commit(): string {
  const git = ['-C', join(home, 'repo'), '-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  execFileSync('git', [...git, 'commit', '--quiet', '--allow-empty', '--message', 'change'])
  return execFileSync('git', [...git, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
}

/** The repository as a worker with these variables follows it; a program of `install` is found before the real one. */
function follow(env: Readonly<Record<string, string>> = {}, url = join(home, 'repo')): OpenConfiguration {
  const environment = gitEnvironment({ PATH: `${join(home, 'bin')}:${path}`, ...env })
  return openConfiguration({ url, branch: 'main', allowsFiles: true, folder: join(home, 'mirror.git'), environment })
}

function install(name: string, script: string): string {
  const file = join(home, 'bin', name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

const never = new AbortController().signal

describe('whether one commit descends from another', () => {
  it('is not answered where the history between them cannot be read', async () => {
    const [first, between, last] = [commit(), commit(), commit()]
    const configuration = follow()
    await configuration.fetchHead(never)
    rmSync(join(home, 'mirror.git', 'objects', between.slice(0, 2), between.slice(2)))

    await expect(configuration.isAncestor(first, last)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining(`Cannot tell whether commit ${last} descends from ${first}: `),
    })
  })

  it.each(['rev-list', 'merge-base'])('is not answered where git is ended by force in its %s', async (step) => {
    const [first, last] = [commit(), commit()]
    await follow().fetchHead(never)
    const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim()
    install('git', `case " $* " in *" ${step} "*) kill -9 $$ ;; esac\nexec ${git} "$@"`)

    await expect(follow().isAncestor(first, last)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })

  it('is not answered where there is no git', async () => {
    const [first, last] = [commit(), commit()]
    await follow().fetchHead(never)

    const isAncestor = follow({ PATH: join(home, 'bin') }).isAncestor(first, last)

    await expect(isAncestor).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})

describe('git over ssh', () => {
  const said = () => readFileSync(join(home, 'said'), 'utf8')

  it('asks nobody anything, and gives up on a host that does not answer', async () => {
    install('ssh', `echo "$*" > ${join(home, 'said')}\nexit 255`)

    await expect(follow({}, farAway).fetchHead(never)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })

    expect(said()).toMatch(
      /^-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 .*git@config\.example\.org/,
    )
    expect(said()).not.toContain('StrictHostKeyChecking')
  })

  it.each(['GIT_SSH_COMMAND', 'GIT_SSH'])('goes the operator’s own way where %s names one', async (variable) => {
    const own = install('own-ssh', `echo "own $*" > ${join(home, 'said')}\nexit 255`)

    await expect(follow({ [variable]: own }, farAway).fetchHead(never)).rejects.toThrow()

    expect(said()).toMatch(/^own (?!.*BatchMode)/)
  })

  it('ends when the fetch is cancelled', async () => {
    const hanging = install('hanging-ssh', `echo $$ > ${join(home, 'pid')}\nexec sleep 60`)
    const cancelling = new AbortController()
    const fetching = follow({ GIT_SSH_COMMAND: hanging }, farAway).fetchHead(cancelling.signal)
    const ended = expect(fetching).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    expect(await waitUntil(() => existsSync(join(home, 'pid')), 10_000)).toBe(true)

    cancelling.abort()

    await ended
  }, 20_000)
})
