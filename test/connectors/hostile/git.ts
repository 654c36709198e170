import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { base, writeFilesTo } from '../config-repo/write-files.ts'
import { configurationsOf, hostileFolders } from './configuration.ts'
import { failing, refusalOf, type HostileInput, type HostileWorld, type Refusal } from './input.ts'
import { faultsOfHead, makeSource, mirrorIn } from './repository.ts'

const remotes = [
  'ext::sh -c "touch CANARY"',
  'EXT::sh -c "touch CANARY"',
  'fd::17',
  '--upload-pack=touch CANARY',
  '-oProxyCommand=touch CANARY',
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
  '--output=CANARY',
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
  '$(touch CANARY)',
]
const commits = ['HEAD', '--help', '--output=CANARY', 'main', '0123', `${'0'.repeat(40)}\n`]

/** What git could take for something else than a repository, a branch and a commit. */
function words(): HostileInput[] {
  const inWorld = ({ root }: HostileWorld, text: string): string => text.replace('CANARY', join(root, 'canary'))
  return [
    ...remotes.map((url) =>
      failing(`the address ${JSON.stringify(url)}`, 'GIT_REFUSED', async (world) =>
        mirrorIn(world, inWorld(world, url)).fetch(),
      ),
    ),
    ...branches.map((branch) =>
      failing(`the branch ${JSON.stringify(branch)}`, 'GIT_REFUSED', async (world) =>
        mirrorIn(world, undefined, inWorld(world, branch)).fetch(),
      ),
    ),
    ...commits.map((commit) =>
      failing(`the commit ${JSON.stringify(commit)}`, 'GIT_REFUSED', async (world) =>
        mirrorIn(world).readCommit(inWorld(world, commit)),
      ),
    ),
  ]
}

/** The configurations that lie in a tree of files, as commits. */
function commitsOfFiles(): HostileInput[] {
  return configurationsOf('git').map(({ name, files, refused }) => ({
    name: `${name} in a commit`,
    refused,
    async prepare(world) {
      const git = makeSource(world)
      await writeFilesTo(join(world.root, 'source'), files)
      git(['add', '--all'])
      git(['commit', '--quiet', '--message=change'])
      return async () => faultsOfHead(mirrorIn(world))
    },
  }))
}

interface Entry {
  readonly mode?: string
  readonly type?: 'blob' | 'tree' | 'commit'
  /** Absent for a blob of a few bytes. */
  readonly id?: string
  readonly name: string
}

type Git = ReturnType<typeof makeSource>

function mktree(git: Git, entries: readonly Entry[]): string {
  const blob = git(['hash-object', '-w', '--stdin'], 'a: b\n')
  const lines = entries.map(({ mode = '100644', type = 'blob', id = blob, name }) => `${mode} ${type} ${id}\t${name}\0`)
  return git(['mktree', '-z', '--missing'], lines.join(''))
}

interface Crafted {
  readonly name: string
  readonly refused: readonly Refusal[]
  /** Makes the objects and names the tree. */
  readonly tree: (git: Git) => string
}

const at = (file: string, code = 'file-refused'): Refusal => ({ code, file, line: 1 })

function baseEntry(git: Git): Entry {
  return { id: git(['hash-object', '-w', '--stdin'], base), name: 'base.yaml' }
}

function path(name: string, shown: string, how: string): Crafted {
  return {
    name: `a path ${how}`,
    refused: [at(shown)],
    tree: (git) => mktree(git, [baseEntry(git), { name }]),
  }
}

function tenOf(entry: Omit<Entry, 'name'>): Entry[] {
  return Array.from({ length: 10 }, (_, index) => ({ ...entry, name: `n${index}` }))
}

/** Ten levels of folders, each ten times the one below. */
function bomb(git: Git, innermost: string): string {
  let id = innermost
  for (let level = 0; level < 10; level += 1) id = mktree(git, tenOf({ mode: '040000', type: 'tree', id }))
  return id
}

/** More than any file may have. */
const zeros = 20 * 1024 * 1024
const crafted: readonly Crafted[] = [
  path('..', '..', 'that leaves the repository'),
  path('a\rb.yaml', 'a\\u000db.yaml', 'with a carriage return'),
  path('a\u202eb.yaml', 'a\\u202eb.yaml', 'with a direction mark'),
  path(`${'x'.repeat(1001)}.yaml`, `${'x'.repeat(200)}…`, 'of a thousand characters'),
  {
    name: 'a folder that leaves the repository',
    refused: [at('../x.yaml')],
    tree: (git) =>
      mktree(git, [
        baseEntry(git),
        { mode: '040000', type: 'tree', id: mktree(git, [{ name: 'x.yaml' }]), name: '..' },
      ]),
  },
  {
    name: 'a submodule',
    refused: [at('module')],
    tree: (git) =>
      mktree(git, [baseEntry(git), { mode: '160000', type: 'commit', id: '1'.repeat(40), name: 'module' }]),
  },
  {
    name: 'a symbolic link at a name of options',
    refused: [at('--output=x.yaml')],
    tree: (git) => mktree(git, [{ mode: '120000', name: '--output=x.yaml' }, baseEntry(git)]),
  },
  {
    name: 'a path in two normal forms',
    refused: [at('e\u0301.yaml'), at('\u00e9.yaml', 'yaml-invalid')],
    tree: (git) => {
      const broken = git(['hash-object', '-w', '--stdin'], '}')
      return mktree(git, [baseEntry(git), { name: 'e\u0301.yaml' }, { id: broken, name: '\u00e9.yaml' }])
    },
  },
  {
    name: 'a file of 20 MB of zeros',
    refused: [at('zeros.yaml')],
    tree: (git) => {
      const id = git(['hash-object', '-w', '--stdin'], Buffer.alloc(zeros))
      return mktree(git, [baseEntry(git), { id, name: 'zeros.yaml' }])
    },
  },
  {
    name: 'a tree of ten objects with ten thousand million files',
    refused: [{ code: 'CONFIG_UNREADABLE' }],
    tree: (git) => bomb(git, mktree(git, tenOf({}))),
  },
  {
    name: 'a tree of ten objects with ten thousand million empty folders',
    refused: [{ code: 'CONFIG_UNREADABLE' }],
    tree: (git) => bomb(git, mktree(git, [])),
  },
  {
    name: 'an empty tree',
    refused: [{ code: 'reference-unknown' }],
    tree: (git) => mktree(git, []),
  },
  {
    name: 'a tree cut short by NUL in a name',
    refused: [{ code: 'CONFIG_UNREADABLE' }],
    tree: (git) => git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], '100644 a\0b.yaml\0'),
  },
]

function commitsOfTrees(): HostileInput[] {
  return crafted.map(({ name, refused, tree }) => ({
    name,
    refused,
    async prepare(world) {
      const git = makeSource(world)
      git(['update-ref', 'refs/heads/main', git(['commit-tree', '-m', 'change', tree(git)])])
      const offer = async (): Promise<readonly Refusal[]> => {
        let found: readonly Refusal[] = []
        const failed = await refusalOf(async () => (found = await faultsOfHead(mirrorIn(world))))
        return [...failed, ...found]
      }
      return offer
    },
  }))
}

const group = (name: string, includes: string): string =>
  `apiVersion: guildhall/v1\nkind: Group\nmetadata: { vo: astro, name: ${name} }\nspec: { includes: [${includes}] }\n`
const user = (name: string, uid: number): string =>
  `apiVersion: guildhall/v1\nkind: User\nmetadata: { name: ${name} }\nspec: { identities: [idp/${uid}] }\n`

/** Each branch is good by itself; `before` is what both begin with. */
const merges = [
  {
    name: 'two branches that together are a cycle',
    before: { 'a.yaml': group('a', ''), 'b.yaml': group('b', '') },
    one: { 'a.yaml': group('a', 'b') },
    other: { 'b.yaml': group('b', 'a') },
    refused: [{ code: 'cycle', file: 'b.yaml', line: 4 }],
  },
  {
    name: 'two branches that together give a name twice',
    before: {},
    one: { 'a.yaml': group('same', '') },
    other: { 'b.yaml': group('Same', '') },
    refused: [{ code: 'duplicate', file: 'b.yaml', line: 3 }],
  },
  {
    name: 'two branches that together give an identity to two people',
    before: {},
    one: { 'a.yaml': user('one', 7) },
    other: { 'b.yaml': user('other', 7) },
    refused: [{ code: 'duplicate', file: 'b.yaml', line: 4 }],
  },
]

function mergedBranches(): HostileInput[] {
  return merges.map(({ name, before, one, other, refused }) => ({
    name,
    refused,
    async prepare(world) {
      const git = makeSource(world)
      const commit = async (files: Readonly<Record<string, string>>): Promise<void> => {
        await writeFilesTo(join(world.root, 'source'), files)
        git(['add', '--all'])
        git(['commit', '--quiet', '--message=change'])
      }
      await commit({ 'base.yaml': base, ...before })
      git(['checkout', '--quiet', '-b', 'other'])
      await commit(other)
      git(['checkout', '--quiet', 'main'])
      await commit(one)
      git(['merge', '--quiet', '--message=merge', 'other'])
      return async () => faultsOfHead(mirrorIn(world))
    },
  }))
}

function absent(): HostileInput[] {
  const source = (world: HostileWorld): string => {
    mkdirSync(join(world.root, 'nowhere'))
    return `file://${world.root}/nowhere`
  }
  return [
    {
      name: 'a folder that is no repository',
      refused: [{ code: 'CONFIG_UNREADABLE' }],
      prepare: async (world) => {
        const url = source(world)
        return async () => refusalOf(async () => mirrorIn(world, url).fetch())
      },
    },
    {
      name: 'a branch that was deleted',
      refused: [{ code: 'CONFIG_UNREADABLE' }],
      prepare: async (world) => {
        makeSource(world)
        return async () => refusalOf(async () => mirrorIn(world).fetch())
      },
    },
  ]
}

/** Everything that git brings. */
export function gitInputs(): HostileInput[] {
  return [
    ...words(),
    ...hostileFolders('git'),
    ...commitsOfFiles(),
    ...commitsOfTrees(),
    ...mergedBranches(),
    ...absent(),
  ]
}
