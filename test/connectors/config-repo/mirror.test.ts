import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
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

  it('refuses symbolic links, submodules and absurd paths of a commit, with the file', async () => {
    await writeFile(join(home, 'source', 'base.yaml'), base)
    await symlink('/etc/passwd', join(home, 'source', 'link.yaml'))
    await symlink('/etc', join(home, 'source', 'folder'))
    await writeFile(join(home, 'source', 'a\nb.yaml'), base)
    await writeFile(join(home, 'source', '.hidden.yaml'), 'a: b\n')
    const first = commit()
    git('update-index', '--add', '--cacheinfo', `160000,${first},module`)
    git('commit', '--quiet', '--message=module')
    const head = git('rev-parse', 'HEAD')
    const opened = mirror()
    await opened.fetch()

    const { findings, documents } = await opened.readCommit(head)

    expect(documents).toHaveLength(3)
    expect(findings.map(({ code, at }) => `${code} ${at?.file ?? ''}`)).toEqual([
      'file-refused a\\u000ab.yaml',
      'file-refused folder',
      'file-refused link.yaml',
      'file-refused module',
    ])
  })

  it('reads a tree whose paths lead out of it without touching anything', async () => {
    await writeFile(join(home, 'source', 'base.yaml'), base)
    commit()
    const blob = git('hash-object', '-w', 'base.yaml')
    const tree = execFileSync('git', ['-C', join(home, 'source'), 'mktree'], {
      input: `100644 blob ${blob}\t..\n100644 blob ${blob}\tbase.yaml\n`,
    })
    const head = git('commit-tree', '-m', 'out', tree.toString().trim())
    git('update-ref', 'refs/heads/main', head)
    const opened = mirror()

    const { findings } = await opened.fetch().then((commitId) => opened.readCommit(commitId))

    expect(findings).toMatchObject([{ code: 'file-refused', at: { file: '..' } }])
    expect((await readdir(home)).sort()).toEqual(['mirror.git', 'source'])
  })

  it('says what it tried when the branch or the repository is not there', async () => {
    commit()

    await expect(mirror(undefined, 'nowhere').fetch()).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    await expect(mirror(`file://${home}/nowhere`).fetch()).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
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

const remotes = [
  'ext::sh -c "touch /tmp/canary"',
  'EXT::sh -c id',
  'fd::17',
  '--upload-pack=touch /tmp/canary',
  '-oProxyCommand=touch',
  'ssh://-oProxyCommand=touch/x',
  'ssh://git@-oProxyCommand=x/y',
  '-u@host:x',
  'git@-oProxyCommand:x',
  'http://example.org/x.git',
  'git://example.org/x.git',
  'ftp://example.org/x',
  'https://example.org/../../etc',
  'https://user:password@example.org/x.git',
  'https://example.org/x.git\n--upload-pack=id',
  'https://example.org/%0a x',
  'https://example.org/x y',
  'file://relative',
  'relative/path',
  '../up',
  '',
]
const branches = [
  '--output=x',
  '-b',
  '',
  'a..b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a\nb',
  '@{-1}',
  'x.lock',
  '.x',
  'a//b',
  'a/',
  'a.',
  'a\\b',
  'a*',
  '$(id)',
]

describe('what git could take for something else', () => {
  it.each(remotes)('the address %j is refused before git runs', (url) => {
    expect(() => mirror(url)).toThrow(expect.objectContaining({ code: 'GIT_REFUSED' }))
  })

  it.each(branches)('the branch %j is refused before git runs', (branch) => {
    expect(() => mirror(undefined, branch)).toThrow(expect.objectContaining({ code: 'GIT_REFUSED' }))
  })

  it.each(['HEAD', '--help', 'main', '0123', `${'0'.repeat(40)}\n`])('the commit %j is refused', async (id) => {
    await expect(mirror().readCommit(id)).rejects.toMatchObject({ code: 'GIT_REFUSED' })
  })

  it.each([
    'https://git.example.org/team/config.git',
    'ssh://git@git.example.org:2222/config.git',
    'git@git.example.org:team/config.git',
  ])('the address %s is taken', (url) => {
    expect(() => openMirror({ url, branch: 'main', allowsFiles: false, folder: home, environment })).not.toThrow()
  })

  it('a folder is refused where files are not allowed', () => {
    const options = { url: '/srv/config', branch: 'main', allowsFiles: false, folder: home, environment }
    expect(() => openMirror(options)).toThrow(expect.objectContaining({ code: 'GIT_REFUSED' }))
  })
})
