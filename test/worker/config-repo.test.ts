import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { headBranch, makeConfigRepo } from '../../worker/config-repo.ts'

const sample = fileURLToPath(new URL('../../config-repo/', import.meta.url))
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }

let home: string
let secrets: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-home-'))
  secrets = join(home, 'secrets')
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

describe("the home's own repository", () => {
  it('holds the sample organisation in one commit on main, with nothing left to commit', async () => {
    const folder = await makeConfigRepo({ home, secrets, environment })

    const files = git(folder, 'ls-tree', '-r', '--name-only', '-z', 'HEAD').split('\0').filter(Boolean)
    expect({
      folder,
      branch: git(folder, 'symbolic-ref', '--short', 'HEAD'),
      commits: git(folder, 'rev-list', '--count', 'HEAD'),
      changed: git(folder, 'status', '--porcelain'),
      isHalf: existsSync(`${folder}.new`),
    }).toEqual({ folder: join(home, 'config-repo'), branch: 'main', commits: '1', changed: '', isHalf: false })
    expect(files).toContain('guildhall.schema.json')
    for (const file of files) expect(readFileSync(join(folder, file))).toEqual(readFileSync(join(sample, file)))
  })

  it('takes commits by hand from somebody who never told git a name', async () => {
    const folder = await makeConfigRepo({ home, secrets, environment })
    appendFileSync(join(folder, 'README.md'), '\nOurs.\n')

    git(folder, 'commit', '--quiet', '--all', '--message', 'change')

    expect(git(folder, 'log', '-1', '--format=%an %s')).toBe('Guildhall change')
  })

  it('is left alone by later starts', async () => {
    const folder = await makeConfigRepo({ home, secrets, environment })
    const key = join(secrets, 'Facility', 'hpc', 'key')
    git(folder, 'rm', '--quiet', 'README.md')
    git(folder, 'commit', '--quiet', '--message', 'ours')
    const before = { head: git(folder, 'rev-parse', 'HEAD'), key: readFileSync(key, 'utf8') }

    await makeConfigRepo({ home, secrets, environment })

    expect({ head: git(folder, 'rev-parse', 'HEAD'), key: readFileSync(key, 'utf8') }).toEqual(before)
    expect(existsSync(join(folder, 'README.md'))).toBe(false)
  })

  it('is made anew from a start that broke off, and keeps a key that is there', async () => {
    const half = join(home, 'config-repo.new')
    mkdirSync(half)
    writeFileSync(join(half, 'half.yaml'), 'kind: Half')
    mkdirSync(join(secrets, 'Facility', 'hpc'), { recursive: true })
    writeFileSync(join(secrets, 'Facility', 'hpc', 'key'), 'ours')

    const folder = await makeConfigRepo({ home, secrets, environment })

    expect({
      half: existsSync(half) || existsSync(join(folder, 'half.yaml')),
      key: readFileSync(join(secrets, 'Facility', 'hpc', 'key'), 'utf8'),
      commits: git(folder, 'rev-list', '--count', 'HEAD'),
    }).toEqual({ half: false, key: 'ours', commits: '1' })
  })

  it("brings the sample's key, which nobody else may read", async () => {
    await makeConfigRepo({ home, secrets, environment })

    const key = join(secrets, 'Facility', 'hpc', 'key')
    expect({
      mode: statSync(key).mode & 0o777,
      folder: statSync(join(secrets, 'Facility', 'hpc')).mode & 0o777,
    }).toEqual({
      mode: 0o600,
      folder: 0o700,
    })
    expect(readFileSync(key, 'utf8')).toMatch(/^-----BEGIN (OPENSSH )?PRIVATE KEY-----\n/)
  })
})

describe('the branch to follow', () => {
  const remote = { allowsFiles: true, environment }

  it.each(['trunk', 'release/2026'])('is the one that HEAD names: %s', async (branch) => {
    const url = join(home, 'repo')
    execFileSync('git', ['init', '--quiet', `--initial-branch=${branch}`, url])
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
    git(url, ...who, 'commit', '--quiet', '--allow-empty', '--message', 'first')

    expect(await headBranch({ ...remote, url })).toBe(branch)
  })

  it('is main where nothing was committed yet', async () => {
    const url = join(home, 'repo.git')
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', url])

    expect(await headBranch({ ...remote, url })).toBe('main')
  })

  it('cannot be told of what is no repository', async () => {
    await expect(headBranch({ ...remote, url: join(home, 'nothing') })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `Cannot read the configuration repository "${join(home, 'nothing')}": expected a git repository that this user may read`,
    })
  })

  it('is not asked of a folder outside development', async () => {
    await expect(headBranch({ ...remote, allowsFiles: false, url: home })).rejects.toThrow(/Cannot/)
  })
})

/** As a person's git that knows nothing of them. */
function git(folder: string, ...words: readonly string[]): string {
  const env = { PATH: environment.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8', env, stdio: 'pipe' }).trim()
}
