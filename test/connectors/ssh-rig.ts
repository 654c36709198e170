import { randomBytes } from 'node:crypto'
import { mkdir, rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Destination, DestinationType } from '../../connectors/destination.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { destinationEnvironment, filesBelow, type Rig } from './destination-rig.ts'
import { openDoor } from './door.ts'
import { canMount, withSmallDisk } from './small-disk.ts'
import { contextOf, snapshotOf } from './snapshots.ts'
import { startSilentServer } from './silent-server.ts'
import { startSshd, type Sshd } from './sshd.ts'

const hasSmallDisk = await canMount()

/** A destination behind an sshd. */
export interface SshRig extends Rig {
  /** The same place, reached with other options. */
  readonly reach: (options: JsonObject, key?: string) => Destination
}

/** What differs between types that go through an sshd. */
export interface SshKind {
  readonly type: DestinationType
  /** The command that a key is let in for. */
  readonly command: (folder: string) => string
  readonly options: (folder: string) => JsonObject
}

/** An sshd that runs as long as the tests around it do. */
export interface SshWorld {
  readonly base: () => string
  readonly sshd: () => Sshd
  /** A destination of its own; in a folder of its own where none is named. */
  readonly rig: (folder?: string, command?: string) => Promise<SshRig>
}

/** Starts an sshd before the tests around it, and stops it after them. */
export function startSshWorld({ type, command, options }: SshKind): SshWorld {
  let base = ''
  let sshd: Sshd
  let count = 0
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'sshd-'))
    sshd = await startSshd(base)
  })
  afterAll(async () => {
    await sshd.stop()
    await rm(base, { recursive: true, force: true })
  })
  return {
    base: () => base,
    sshd: () => sshd,
    async rig(target, forced) {
      const name = `key${(count += 1)}`
      const folder = target ?? join(base, name, 'target')
      await mkdir(folder, { recursive: true })
      const privateKey = await sshd.makeKey(`${name}.id`)
      await sshd.authorize(`${name}.id`, forced ?? command(folder))
      const { port, user, hostKey } = sshd
      const known = { host: '127.0.0.1', port, user, key: { secret: 'key' }, hostKey, ...options(folder) }
      const reach = (others: JsonObject, key = privateKey): Destination =>
        type.create({ ...known, ...others }, destinationEnvironment({ out: base, secret: async () => key }))
      return { destination: reach({}), folder, reach }
    },
  }
}

/** What every type that goes through an sshd stands. */
export function standsSshFaults({ rig, sshd, base }: SshWorld): void {
  it('refuses another host key than the pinned one and says which it saw', async () => {
    const { folder, reach } = await rig()

    const delivery = reach({ hostKey: `SHA256:${'a'.repeat(43)}` }).deliver(
      snapshotOf({ generation: 1, files: { a: 'x' } }),
      contextOf(),
    )

    await expect(delivery).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining(sshd().hostKey),
    })
    expect(await filesBelow(folder)).toEqual({})
  })

  it('tells a key that the host does not accept', async () => {
    const { reach } = await rig()
    const stranger = await sshd().makeKey('stranger')

    await expect(reach({}, stranger).check(contextOf())).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
  })

  it('tells a secret that is no key, without showing it', async () => {
    const { reach } = await rig()

    const check = reach({}, 'hunter2').check(contextOf())

    await expect(check).rejects.toMatchObject({
      code: 'DESTINATION_OPTIONS_INVALID',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  it('a port where nobody listens is unreachable', async () => {
    const { reach } = await rig()

    await expect(reach({ port: 1 }).check(contextOf())).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })

  it('a server that hangs is given up when the time is over', async () => {
    const { reach } = await rig()
    const silent = await startSilentServer()
    const reason = new Error('time is over')
    const abort = new AbortController()

    const check = reach({ port: silent.port })
      .check(contextOf({ signal: abort.signal }))
      .catch((error: unknown) => error)
    setImmediate(() => abort.abort(reason))

    expect(await check).toBe(reason)
    silent.stop()
  })

  it.each([0, 1_000, 3_000, 50_000, 900_000])('a connection cut after %d bytes leaves the old files', async (bytes) => {
    const { destination, folder, reach } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())
    const proxy = await openDoor(() => ({ port: sshd().port, cutAfter: bytes }))
    const snapshot = snapshotOf({ generation: 2, files: { a: randomBytes(1_000_000) } })

    const delivery = reach({ port: proxy.port }).deliver(snapshot, contextOf())

    await expect(delivery).rejects.toMatchObject({
      code: expect.stringMatching(/DESTINATION_UNREACHABLE|DELIVERY_REFUSED/),
    })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
    proxy.stop()
    expect(await destination.deliver(snapshot, contextOf())).toMatchObject({ changed: true })
  })

  // Only root can mount a disk that small; what is tested does not depend on who writes.
  if (hasSmallDisk) {
    it('a full disk is refused and leaves the old files', async () => {
      const disk = join(base(), 'disk')
      await withSmallDisk(disk, async () => {
        const { destination, folder } = await rig(disk)
        await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())

        const delivery = destination.deliver(
          snapshotOf({ generation: 2, files: { a: randomBytes(1_000_000) } }),
          contextOf(),
        )

        await expect(delivery).rejects.toMatchObject({
          code: 'DELIVERY_REFUSED',
          message: expect.stringMatching(/disk (is )?full|No space left/),
        })
        expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
      })
    })
  }
}
