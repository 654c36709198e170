import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openMirror, type Mirror } from '../../../connectors/config-repo/mirror.ts'
import { base } from './write-files.ts'

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'guildhall-mirror-'))
  git('init', '--quiet', '--initial-branch=main', 'source')
})

afterEach(async () => {
  await rm(home, { recursive: true })
})

function git(...words: string[]): string {
  const inSource = existsSync(join(home, 'source')) ? ['-C', join(home, 'source')] : []
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...inSource, ...who, ...words], { cwd: home, stdio: 'pipe' })
    .toString()
    .trim()
}

function commit(): string {
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message=change')
  return git('rev-parse', 'HEAD')
}

function mirror(url = `file://${home}/source`, branch = 'main'): Mirror {
  return openMirror({ url, branch, allowsFiles: true, folder: join(home, 'mirror.git'), environment })
}

describe('a mirror of the configuration repository', () => {
  it('fetches the head of the branch and reads the documents of its commits', async () => {
    await writeFile(join(home, 'source', 'base.yaml'), base)
    const first = commit()
    await writeFile(join(home, 'source', 'more.yaml'), 'not: a document\n')
    const second = commit()
    const opened = mirror()

    expect(await opened.remoteHead()).toBe(second)
    expect(await opened.fetch()).toBe(second)

    const before = await opened.readCommit(first)
    const after = await opened.readCommit(second)
    expect(before.documents.map(({ document }) => document.kind)).toEqual(['Instance', 'Source', 'VO'])
    expect(before.findings).toEqual([])
    expect(after.findings).toMatchObject([{ code: 'value-invalid', at: { file: 'more.yaml', line: 1 } }])
    expect(after.unreadable).toEqual(['more.yaml'])
  })

  it('reads many files, lists of members and templates through one process', async () => {
    const group = (n: number) =>
      `apiVersion: guildhall/v1\nkind: Group\nmetadata: { vo: astro, name: g${n} }\nspec: { membersFrom: people.csv }\n`
    await writeFile(join(home, 'source', 'base.yaml'), base)
    for (let n = 0; n < 50; n += 1) await writeFile(join(home, 'source', `g${n}.yaml`), group(n))
    await writeFile(join(home, 'source', 'people.csv'), 'identity\r\n"idp/ada"\r\nidp/grace\r\n')
    const head = commit()
    const opened = mirror()
    await opened.fetch()

    const { documents, findings } = await opened.readCommit(head)

    expect(findings).toEqual([])
    expect(documents).toHaveLength(53)
    expect(documents.find(({ people }) => people !== undefined)?.people?.identities).toEqual(['idp/ada', 'idp/grace'])
  })

  it('tells whether the history goes on from a commit', async () => {
    const first = commit()
    const second = commit()
    const opened = mirror()
    await opened.fetch()
    git('checkout', '--quiet', '--orphan', 'other')
    git('branch', '--quiet', '--delete', '--force', 'main')
    git('checkout', '--quiet', '-b', 'main')
    const unrelated = commit()

    expect(await opened.fetch()).toBe(unrelated)

    expect(await opened.isAncestor(first, second)).toBe(true)
    expect(await opened.isAncestor(second, second)).toBe(true)
    expect(await opened.isAncestor(second, first)).toBe(false)
    expect(await opened.isAncestor(second, unrelated)).toBe(false)
    expect(await opened.isAncestor('0'.repeat(40), unrelated)).toBe(false)
  })

  it('reads the good files beside refused ones, and none that is hidden', async () => {
    await writeFile(join(home, 'source', 'base.yaml'), base)
    await symlink('/etc/passwd', join(home, 'source', 'link.yaml'))
    await writeFile(join(home, 'source', '.hidden.yaml'), 'a: b\n')
    const head = commit()
    const opened = mirror()
    await opened.fetch()

    const { findings, documents } = await opened.readCommit(head)

    expect(documents).toHaveLength(3)
    expect(findings).toMatchObject([{ code: 'file-refused', at: { file: 'link.yaml' } }])
  })

  it('says of a repository that is not there what git complains of, not what git advises', async () => {
    await rm(join(home, 'source'), { recursive: true })

    await expect(mirror().fetch()).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringMatching(/: '.*source' does not appear to be a git repository$/),
    })
  })

  it('says of a repository without a commit that it has none yet', async () => {
    await expect(mirror().fetch()).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `Cannot fetch branch "main" of "file://${home}/source": it has no commit yet; commit to its branch "main"`,
    })
  })

  it('says of a branch that is not there which one is', async () => {
    commit()

    await expect(mirror(undefined, 'master').fetch()).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining(
        'it has no such branch; name one that it has in GUILDHALL_BRANCH, such as "main"',
      ),
    })
  })

  it('knows of no head where there is no such branch', async () => {
    commit()

    expect(await mirror(undefined, 'nowhere').remoteHead()).toBeUndefined()
  })

  it('runs no hook, and reads no configuration of the system or the user', async () => {
    commit()
    const canary = join(home, 'canary')
    await writeFile(join(home, '.gitconfig'), `[url "ext::sh -c touch% ${canary}"]\n\tinsteadOf = file://\n`)
    const opened = openMirror({
      url: `file://${home}/source`,
      branch: 'main',
      allowsFiles: true,
      folder: join(home, 'mirror.git'),
      environment: { ...environment, HOME: home },
    })

    await opened.fetch()

    expect(existsSync(canary)).toBe(false)
  })
})

describe('the address of a repository', () => {
  it.each([
    'https://git.example.org/team/config.git',
    'ssh://git@git.example.org:2222/config.git',
    'git@git.example.org:team/config.git',
  ])('%s is taken', (url) => {
    expect(() => openMirror({ url, branch: 'main', allowsFiles: false, folder: home, environment })).not.toThrow()
  })

  it('is no folder where files are not allowed', () => {
    const options = { url: '/srv/config', branch: 'main', allowsFiles: false, folder: home, environment }
    expect(() => openMirror(options)).toThrow(expect.objectContaining({ code: 'GIT_REFUSED' }))
  })
})
