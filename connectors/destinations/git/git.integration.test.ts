import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { keepsTheDestinationContract, namesForeignFiles } from '../../../test/connectors/destination-contract.ts'
import { destinationEnvironment, filesBelow } from '../../../test/connectors/destination-rig.ts'
import { openDoor } from '../../../test/connectors/door.ts'
import { gitShell, makeCheckout, startGitWorld, type GitRig } from '../../../test/connectors/git-rig.ts'
import { standsSshFaults } from '../../../test/connectors/ssh-rig.ts'
import { hasSshd } from '../../../test/connectors/sshd.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Destination } from '../../destination.ts'
import { destinationType } from './index.ts'

const withSshd = hasSshd ? describe : describe.skip

async function refuseBy({ checkout }: GitRig, words: string): Promise<void> {
  const hook = join(checkout.repository, 'hooks/pre-receive')
  await mkdir(join(checkout.repository, 'hooks'), { recursive: true })
  await writeFile(hook, `#!/bin/sh\nprintf '%b\\n' '${words}' >&2\nexit 1\n`)
  await chmod(hook, 0o755)
}

withSshd('a git destination (needs sshd: apt-get install openssh-server)', () => {
  const world = startGitWorld()

  keepsTheDestinationContract(() => world.rig())
  namesForeignFiles(() => world.rig())
  standsSshFaults(world)

  it('makes the branch, and one commit for each delivery that tells what it is', async () => {
    const { destination, checkout } = await world.rig()
    const first = snapshotOf({ generation: 1, files: { a: '1', b: '1' } })
    await destination.deliver(first, contextOf())
    await destination.deliver(first, contextOf())
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    expect(await checkout.git('log', '--reverse', '--format=%an|%s|%(trailers:key=Guildhall-Generation)')).toBe(
      'Guildhall|hpc/passwd: generation 1|Guildhall-Generation: 1\n\nGuildhall|hpc/passwd: generation 2|Guildhall-Generation: 2\n\n',
    )
    const log = await checkout.git('log', '-1', '--format=%B', 'HEAD~1')
    expect(log).toContain(
      `Guildhall-Facility: hpc\nGuildhall-Service: passwd\nGuildhall-Generation: 1\nGuildhall-Hash: ${first.hash}`,
    )
  })

  it('goes on top of what others commit, and leaves it alone', async () => {
    const { destination, folder } = await world.rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    await writeFile(join(folder, 'README'), 'by hand')
    await mkdir(join(folder, 'passwd2'))
    await writeFile(join(folder, 'passwd2/a'), 'by hand')

    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ README: 'by hand', 'passwd/a': '2', 'passwd2/a': 'by hand' })
  })

  it('whoever is overtaken while making a commit begins again, and nobody is lost', async () => {
    const { destination, folder, checkout } = await world.rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    const parent = (await checkout.git('rev-parse', 'HEAD')).trim()
    const tree = (await checkout.git('rev-parse', 'HEAD^{tree}')).trim()
    const other = (await checkout.git('commit-tree', tree, '-p', parent, '-m', 'by somebody else')).trim()
    await checkout.git('push', '--quiet', 'origin', `${other}:refs/heads/other`)
    let tries = 0
    const overtake = (): void => {
      tries += 1
      if (tries === 1) execFileSync('git', ['--git-dir', checkout.repository, 'update-ref', 'refs/heads/main', other])
    }

    const receipt = await destination.deliver(
      snapshotOf({ generation: 2, files: { a: '2' } }),
      contextOf({ reached: overtake }),
    )

    expect([receipt.changed, tries]).toEqual([true, 2])
    expect(await checkout.git('log', '--format=%s')).toBe(
      'hpc/passwd: generation 2\nby somebody else\nhpc/passwd: generation 1\n',
    )
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '2' })
  })

  it('a branch that the server protects is refused in its words, printable and cut', async () => {
    const rig = await world.rig()
    await rig.destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    await refuseBy(rig, `branch main is protected\\\\033[31m${'x'.repeat(1_000)}`)

    const delivery = rig.destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    const error = await delivery.catch((caught: unknown) => caught)

    expect(error).toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringMatching(/^[\x20-\x7e]{100,600}$/),
    })
    expect(error).toMatchObject({ message: expect.stringContaining('branch main is protected') })
    expect(await filesBelow(rig.folder)).toEqual({ 'passwd/a': '1' })
  })

  it('a repository that is not there is refused by a check', async () => {
    const { reach } = await world.rig()

    const check = reach({ folder: join(world.base(), 'nowhere') }).check(contextOf())

    await expect(check).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
  })

  it('a file in the place of the folder is refused', async () => {
    const { destination, folder } = await world.rig()
    await writeFile(join(folder, 'passwd'), 'by hand')

    const delivery = destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(delivery).rejects.toThrow('"passwd" in the repository is no folder')
  })

  it('where the server filters and gives a file that it left out only with everything, the token is found', async () => {
    const { destination, checkout } = await world.rig(undefined, `env -u GIT_PROTOCOL ${gitShell}`)
    await checkout.git('--git-dir', checkout.repository, 'config', 'uploadpack.allowFilter', 'true')
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    const older = destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(older).rejects.toMatchObject({ code: 'FENCED' })
  })

  it.each([
    ['files are not', 'true'],
    ['what is older is not', 'false'],
  ])('of a large repository %s fetched: uploadpack.allowFilter=%s', async (_, filters) => {
    const { destination, folder, checkout, reach } = await world.rig()
    await checkout.git('--git-dir', checkout.repository, 'config', 'uploadpack.allowFilter', filters)
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    await writeFile(join(folder, 'large'), randomBytes(3_000_000))
    await checkout.send()
    if (filters === 'false') await writeFile(join(folder, 'large'), 'small again')
    await checkout.send()
    let fetched = 0
    const seen = (answered: Buffer): Buffer => {
      fetched += answered.length
      return answered
    }
    const door = await openDoor(() => ({ port: world.sshd().port, seen }))

    const snapshot = snapshotOf({ generation: 2, files: { a: '2' } })
    const { changed } = await reach({ port: door.port }).deliver(snapshot, contextOf())
    door.stop()

    expect(changed).toBe(true)
    expect(fetched).toBeLessThan(200_000)
    expect(await destination.observe(snapshot, contextOf())).toMatchObject({ generation: 2, same: 1, drifts: [] })
  })
})

describe('a git destination below $GUILDHALL_OUT', () => {
  it('takes a bare repository there, and none that a symbolic link leads out to', async () => {
    const base = await mkdtemp(join(tmpdir(), 'git-'))
    const out = join(base, 'out')
    const { repository, bring, git } = await makeCheckout(join(base, 'checkout'), join(base, 'keep'))
    await mkdir(out)
    await rename(repository, join(out, 'hpc.git'))
    await symlink(join(base, 'checkout'), join(out, 'leads-out'))
    const at = (url: string): Destination =>
      destinationType.create({ url, branch: 'main' }, destinationEnvironment({ out }))

    await at('hpc.git').check(contextOf())
    await at('hpc.git').deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    const outside = at('leads-out').deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(outside).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    await git('config', 'remote.origin.url', join(out, 'hpc.git'))
    await bring()
    expect(await filesBelow(join(base, 'checkout'))).toEqual({ 'passwd/a': '1' })
    await rm(base, { recursive: true })
  })

  it.each([
    { url: '../x' },
    { url: '/srv/x.git' },
    { url: 'ext::sh -c id' },
    { url: '-x' },
    { url: 'https://user:password@git.example.org/x.git' },
    { url: 'file:///srv/x.git' },
    { url: 'ssh://-oProxyCommand=id/x' },
    { url: 'ssh://git@git.example.org/x.git' },
    { url: 'https://git.example.org/x.git' },
    { branch: '--all' },
    { branch: 'a..b' },
    { path: '../x' },
    { path: '.guildhall' },
  ])('refuses the options %j', (bad) => {
    const options = { url: 'hpc.git', branch: 'main', ...bad }

    expect(() => destinationType.create(options, destinationEnvironment())).toThrow(
      expect.objectContaining({
        code: 'DESTINATION_OPTIONS_INVALID',
        message: expect.not.stringContaining('password@'),
      }),
    )
  })
})
