import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyPeople, generate, inputOf } from '../../../test/connectors/generator-input.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import { generators } from '../../registry.ts'

const run = promisify(execFile)
const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user']
const withPwck = hasServer('/usr/sbin/pwck') ? describe : describe.skip

withPwck('the passwd and group generators, as a system reads them', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'guildhall-pwck-'))
    await mkdir(join(root, 'etc'))
  })
  afterEach(async () => rm(root, { recursive: true, force: true }))

  it('pwck and grpck find nothing amiss in the files of 300 people merged with those of the system', async () => {
    const people = somePeople()
    const { files, leftOut } = await filesOf('passwd', inputOf({ accounts: people }))
    const out = new Set(leftOut.map(({ user }) => user))
    const accounts = people.filter(({ identities: [user = ''] }) => !out.has(user))
    const groups = [0, 1, 2].map((index) => ({
      name: `team${index}`,
      attributes: { 'group.unixGroupName': `team${index}`, 'group.unixGid': 30_000 + index },
      members: accounts.filter((_, at) => at % 3 === index),
    }))
    const { passwd = '', shadow = '' } = files
    const { group = '' } = (await filesOf('group', inputOf({ groups }))).files

    await install({ passwd, shadow, group })

    expect(passwd.split('\n').length).toBeGreaterThan(200)
    expect([await complaints('pwck'), await complaints('grpck')]).toEqual(['', ''])
  })

  it('pwck and grpck find what is amiss', async () => {
    await install({ passwd: 'eve:x:1001\n', shadow: 'eve:*:::::::\n', group: 'team:x:30000:nobody-here\n' })

    expect(await complaints('pwck')).toContain('invalid password file entry')
    expect(await complaints('grpck')).toContain('no user nobody-here')
  })

  async function install(files: { readonly passwd: string; readonly shadow: string; readonly group: string }) {
    const passwd = `root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n${files.passwd}`
    await writeFile(join(root, 'etc/passwd'), passwd)
    await writeFile(join(root, 'etc/shadow'), `root:*:19000::::::\nnobody:*:19000::::::\n${files.shadow}`, {
      mode: 0o600,
    })
    await writeFile(join(root, 'etc/group'), `root:x:0:\nnogroup:x:65534:\n${files.group}`)
  }

  /** What the program says of the files; it is to be quiet of home directories and shells that are not there. */
  async function complaints(program: 'grpck' | 'pwck'): Promise<string> {
    const quiet = program === 'pwck' ? ['--quiet'] : []
    const command = [...asRoot, program, '--read-only', ...quiet, '--root', root]
    const { stdout, stderr, failed } = await run('env', command).then(
      (output) => ({ ...output, failed: '' }),
      (error: unknown) => ({ stdout: '', stderr: '', ...outputOf(error), failed: 'failed' }),
    )
    return `${stdout}${stderr}${failed}`
  }
})

/** Many more than 300, good and hostile values mixed. */
function somePeople() {
  const people = fc.sample(anyPeople, 200).flat()
  return people.map((one, index) => ({
    ...one,
    identities: [`idp/p${String(index).padStart(5, '0')}`],
    attributes: {
      ...one.attributes,
      'user.login': index % 4 === 0 ? (one.attributes['user.login'] ?? null) : `user${index}`,
      'user-facility.uid': 10_000 + index,
      'user.shell': '/bin/bash',
    },
  }))
}

async function filesOf(name: string, input: ReturnType<typeof inputOf>) {
  const generator = generators.get(name)
  if (generator === undefined) throw new Error(`There is no generator "${name}"`)
  return generate(generator, input)
}

function outputOf(error: unknown): object {
  return typeof error === 'object' && error !== null ? error : {}
}
