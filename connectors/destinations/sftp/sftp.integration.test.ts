import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { keepsTheDestinationContract, namesForeignFiles } from '../../../test/connectors/destination-contract.ts'
import { destinationEnvironment, filesBelow, leftovers } from '../../../test/connectors/destination-rig.ts'
import { openDoor } from '../../../test/connectors/door.ts'
import { standsSshFaults, startSshWorld } from '../../../test/connectors/ssh-rig.ts'
import { hasSshd } from '../../../test/connectors/sshd.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import { destinationType } from './index.ts'

const withSshd = hasSshd ? describe : describe.skip

withSshd('an sftp destination (needs sshd: apt-get install openssh-server)', () => {
  const world = startSshWorld({
    type: destinationType,
    command: () => 'internal-sftp',
    options: (folder) => ({ path: folder }),
  })

  keepsTheDestinationContract(() => world.rig())
  namesForeignFiles(() => world.rig())
  standsSshFaults(world)

  it('leaves nothing behind after deliveries that went through, failed or were refused', async () => {
    const { destination, folder } = await world.rig()
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

  it('cleans up after a delivery that was killed half-way, and removes what that one had made', async () => {
    const { destination, folder } = await world.rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    const claim = join(folder, 'passwd/.guildhall/2-00000000-0000-4000-8000-000000000000')
    await mkdir(join(claim, 'files'), { recursive: true })
    await writeFile(join(claim, 'files/0'), 'never put in place')
    await writeFile(join(claim, 'owned.json'), '["a","half"]')
    await writeFile(join(folder, 'passwd/half'), 'made by the killed one')

    await destination.deliver(snapshotOf({ generation: 3, files: { a: '3' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '3' })
    expect(await leftovers(folder)).toEqual([])
  })

  it('cut off anywhere while it takes effect, each file is the old or the new one, and the next delivery heals it', async () => {
    const { destination, folder, reach } = await world.rig()
    const filesOf = (generation: number): Record<string, string> =>
      Object.fromEntries(['a', 'b', 'c', `only-${generation}`].map((name) => [name, `${name} ${generation}`]))
    let cut = 0
    await destination.deliver(snapshotOf({ generation: 1, files: filesOf(1) }), contextOf())

    for (let generation = 2; generation < 30; generation += 1) {
      const proxy = await openDoor(() => ({ port: world.sshd().port, cutAfter: 4_000 + generation * 400 }))
      const snapshot = snapshotOf({ generation, files: filesOf(generation) })
      await reach({ port: proxy.port })
        .deliver(snapshot, contextOf())
        .catch(() => (cut += 1))
      proxy.stop()

      for (const [path, content] of Object.entries(await filesBelow(folder)))
        expect([`${path} ${generation - 1}`, `${path} ${generation}`]).toContain(`passwd/${content}`)
      await destination.deliver(snapshot, contextOf())
      expect(await destination.observe(snapshot, contextOf())).toMatchObject({ generation, same: 4, drifts: [] })
    }
    expect(cut).toBeGreaterThan(5)
    expect(cut).toBeLessThan(28)
    expect(await leftovers(folder)).toEqual([])
  }, 60_000)

  it('a server that is read-only is found by a check, and refused', async () => {
    const { destination, folder } = await world.rig(undefined, 'internal-sftp -R')

    await expect(destination.check(contextOf())).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    const delivery = destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(delivery).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('Permission denied'),
    })
    expect(await filesBelow(folder)).toEqual({})
  })

  it('a folder that is not there is not made', async () => {
    const { folder, reach } = await world.rig()
    const mistyped = reach({ path: `${folder}x` })

    await expect(mistyped.check(contextOf())).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    const delivery = mistyped.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(delivery).rejects.toThrow(`there is no such folder`)
  })

  it('a key that starts something else than SFTP is told', async () => {
    const { destination } = await world.rig(undefined, 'false')

    await expect(destination.check(contextOf())).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })

  it('a damaged token is refused with the way out', async () => {
    const { destination, folder } = await world.rig()
    const snapshot = snapshotOf({ generation: 1, files: { a: '1' } })
    await destination.deliver(snapshot, contextOf())
    await writeFile(join(folder, 'passwd/.guildhall/token.json'), '{')

    const damaged = destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    await expect(damaged).rejects.toThrow(/token\.json.*remove it/)
    expect(await readFile(join(folder, 'passwd/a'), 'utf8')).toBe('1')
  })
})

describe('the options of an sftp destination', () => {
  const good = { host: 'a.example.org', user: 'guildhall', key: { secret: 'key' }, hostKey: `SHA256:${'a'.repeat(43)}` }

  it.each(['', '..', '/', '/a/../b', '//a', 'a b', '~/a', '-x', '/srv/.guildhall', 'a\n', 7, null])(
    'refuse the path %j',
    (path) => {
      expect(() => destinationType.create({ ...good, path }, destinationEnvironment())).toThrow(
        expect.objectContaining({ code: 'DESTINATION_OPTIONS_INVALID' }),
      )
    },
  )

  it.each(['guildhall', '/srv/guildhall', 'a/b'])('take the path %j', (path) => {
    expect(() => destinationType.create({ ...good, path }, destinationEnvironment())).not.toThrow()
  })
})
