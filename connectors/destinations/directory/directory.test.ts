import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { keepsTheDestinationContract, namesForeignFiles } from '../../../test/connectors/destination-contract.ts'
import { destinationEnvironment, filesBelow, leftovers } from '../../../test/connectors/destination-rig.ts'
import type { Rig } from '../../../test/connectors/destination-rig.ts'
import { canMount, withSmallDisk } from '../../../test/connectors/small-disk.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import { destinationType } from './index.ts'

const hasSmallDisk = await canMount()
let base = ''
let count = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'directory-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

async function rig(path = 'target'): Promise<Rig & { readonly out: string }> {
  const out = join(base, String((count += 1)))
  await mkdir(out)
  return {
    destination: destinationType.create({ path }, destinationEnvironment({ out })),
    folder: join(out, path),
    out,
  }
}

describe('a directory destination', () => {
  keepsTheDestinationContract(rig)
  namesForeignFiles(rig)

  it('leaves nothing behind after deliveries that went through, failed or were refused', async () => {
    const { destination, folder } = await rig()
    const stop = (): never => {
      throw new Error('stopped')
    }
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    await destination
      .deliver(snapshotOf({ generation: 3, files: { a: '3' } }), contextOf({ reached: stop }))
      .catch(() => undefined)
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf()).catch(() => undefined)

    expect(await leftovers(folder)).toEqual([])
  })

  it('replaces a symbolic link in the place of its own file and leaves the target alone', async () => {
    const { destination, folder, out } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'ours' } }), contextOf())
    await writeFile(join(out, 'precious'), 'precious')
    await rm(join(folder, 'passwd/a'))
    await symlink(join(out, 'precious'), join(folder, 'passwd/a'))

    await destination.deliver(snapshotOf({ generation: 2, files: { a: 'new' } }), contextOf())

    expect(await readFile(join(out, 'precious'), 'utf8')).toBe('precious')
    expect(await readFile(join(folder, 'passwd/a'), 'utf8')).toBe('new')
  })

  it('cleans up after a delivery that was killed half-way, and removes what that one had made', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    const own = join(folder, 'passwd/.guildhall')
    const id = '00000000-0000-4000-8000-000000000000'
    await mkdir(join(own, `2-${id}`, 'files'), { recursive: true })
    await writeFile(join(own, `2-${id}`, 'owned.json'), '["a","half"]')
    await writeFile(join(folder, 'passwd/half'), 'made by the killed one')
    await mkdir(join(own, `3-${id}.part`))

    const older = destination.deliver(snapshotOf({ generation: 1, files: { a: '0' } }), contextOf())
    await expect(older).rejects.toMatchObject({ name: 'GuildhallError' })
    await destination.deliver(snapshotOf({ generation: 3, files: { a: '3' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '3' })
    expect(await leftovers(folder)).toEqual([])
  })

  it('cleans up after a delivery that was killed once its files were in place', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 1, files: { a: '1' } })
    await destination.deliver(snapshot, contextOf())
    const claim = join(folder, 'passwd/.guildhall/1-00000000-0000-4000-8000-000000000000')
    await mkdir(join(claim, 'files'), { recursive: true })
    await writeFile(join(claim, 'owned.json'), '["a"]')

    const { changed } = await destination.deliver(snapshot, contextOf())

    expect(changed).toBe(false)
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '1' })
    expect(await leftovers(folder)).toEqual([])
  })

  it('after a restored backup, a generation set to 0 by hand lets the next delivery in', async () => {
    const { destination, folder } = await rig()
    const token = join(folder, 'passwd/.guildhall/token.json')
    await destination.deliver(snapshotOf({ generation: 9, files: { a: '9', gone: '9' } }), contextOf())
    await writeFile(token, (await readFile(token, 'utf8')).replace('"generation":9', '"generation":0'))

    await destination.deliver(snapshotOf({ generation: 4, files: { a: '4' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '4' })
  })

  it('a damaged token is refused with the way out', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    await writeFile(join(folder, 'passwd/.guildhall/token.json'), '{"version":1,"files":[{"path":"../x"}]}')

    const delivery = destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    await expect(delivery).rejects.toThrow(/token\.json.*remove it/)
  })

  // Only root can mount a disk that small; what is tested does not depend on who writes.
  if (hasSmallDisk) {
    it('a full disk is refused and leaves the old files', async () => {
      const out = join(base, 'disk')
      await withSmallDisk(out, async () => {
        const destination = destinationType.create({ path: 'target' }, destinationEnvironment({ out }))
        await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())

        const delivery = destination.deliver(
          snapshotOf({ generation: 2, files: { a: Buffer.alloc(1_000_000, 'new') } }),
          contextOf(),
        )

        await expect(delivery).rejects.toMatchObject({
          code: 'DELIVERY_REFUSED',
          message: expect.stringContaining('ENOSPC'),
        })
        expect(await filesBelow(join(out, 'target'))).toEqual({ 'passwd/a': 'old' })
        expect(await leftovers(join(out, 'target'))).toEqual([])
      })
    })
  }
})
