import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { JsonObject } from '../../../core/model/json.ts'
import { hasOpenssl, makeCertificates } from '../../../test/connectors/certificates.ts'
import type { Certificates } from '../../../test/connectors/certificates.ts'
import { keepsTheDestinationContract } from '../../../test/connectors/destination-contract.ts'
import { destinationEnvironment, filesBelow } from '../../../test/connectors/destination-rig.ts'
import type { Rig } from '../../../test/connectors/destination-rig.ts'
import { openDoor } from '../../../test/connectors/door.ts'
import { hasPython, receiverProgram, startHttpsReceiver } from '../../../test/connectors/https-receiver.ts'
import type { HttpsReceiver } from '../../../test/connectors/https-receiver.ts'
import { canMount, withSmallDisk } from '../../../test/connectors/small-disk.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Destination, DestinationEnvironment } from '../../destination.ts'
import { createHttpsSender } from '../../https/sender.ts'
import { destinationType } from './index.ts'
import { openSigner } from './signature.ts'
import { tarPayload } from './tar-payload.ts'

const withPython = hasOpenssl && hasPython ? describe : describe.skip
const hasSmallDisk = await canMount()

withPython('an https destination and the receiver of the how-to (needs python3, openssl: apt-get install)', () => {
  let base = ''
  let certificates: Certificates
  let count = 0
  const running: HttpsReceiver[] = []
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'https-'))
    certificates = await makeCertificates()
  })
  afterEach(async () => {
    for (const receiver of running.splice(0)) await receiver.stop()
  })
  afterAll(() => rm(base, { recursive: true, force: true }))

  interface HttpsRig extends Rig {
    readonly receiver: HttpsReceiver
    /** The same place, reached otherwise. */
    readonly reach: (options: JsonObject, environment?: Partial<DestinationEnvironment>) => Destination
  }

  async function rig(target?: string): Promise<HttpsRig> {
    const own = join(base, `${(count += 1)}`)
    const folder = target ?? join(own, 'target')
    await mkdir(own)
    const receiver = await startHttpsReceiver(own, folder, certificates)
    running.push(receiver)
    const options = {
      url: `https://localhost:${receiver.port}/`,
      sign: { hmac: { secret: 'signing' } },
      ca: 'trust/ca.pem',
    }
    const reach = (others: JsonObject, environment: Partial<DestinationEnvironment> = {}): Destination =>
      destinationType.create(
        { ...options, ...others },
        destinationEnvironment({
          allowedPrivate: ['127.0.0.1', '::1'],
          configFile: async () => Buffer.from(certificates.ca),
          secret: async () => receiver.secret,
          ...environment,
        }),
      )
    return { destination: reach({}), folder, receiver, reach }
  }

  keepsTheDestinationContract(rig)

  it('the receiver is short', async () => {
    expect((await receiverProgram()).split('\n').length).toBeLessThanOrEqual(61)
  })

  it('a delivery whose answer is lost is installed once, whenever it comes again', async () => {
    const { receiver, reach, folder } = await rig()
    const deaf = await openDoor(() => ({
      port: receiver.port,
      seen: (answered) => (existsSync(join(folder, 'passwd/a')) ? undefined : answered),
    }))
    const snapshot = snapshotOf({ generation: 1, files: { a: 'new' } })

    const lost = reach({ url: `https://localhost:${deaf.port}/` }).deliver(snapshot, contextOf())
    await expect(lost).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
    const again = await reach({}).deliver(snapshot, contextOf())
    deaf.stop()

    expect(again).toEqual({ generation: 1, hash: snapshot.hash, changed: false })
    expect(receiver.installed()).toEqual([expect.stringMatching(/^installed passwd 1 [0-9a-f]{64}$/)])
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'new' })
  })

  it.each([0, 1_000, 3_000, 50_000, 900_000])('a connection cut after %d bytes leaves the old files', async (bytes) => {
    const { destination, folder, receiver, reach } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())
    const door = await openDoor(() => ({ port: receiver.port, cutAfter: bytes }))
    const snapshot = snapshotOf({ generation: 2, files: { a: Buffer.alloc(1_000_000, 'new') } })

    const delivery = reach({ url: `https://localhost:${door.port}/` }).deliver(snapshot, contextOf())

    await expect(delivery).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
    door.stop()
    expect(await destination.deliver(snapshot, contextOf())).toMatchObject({ changed: true })
  })

  it('what another secret signed, or what was signed long ago, is refused', async () => {
    const { folder, reach } = await rig()
    const snapshot = snapshotOf({ generation: 1, files: { a: 'x' } })
    const refused = { code: 'DELIVERY_REFUSED', message: expect.stringContaining('it answers 401') }

    const other = reach({}, { secret: async () => 'hunter2' }).deliver(snapshot, contextOf())
    const late = reach({}, { now: () => Date.now() - 3_600_000 }).deliver(snapshot, contextOf())

    await expect(other).rejects.toMatchObject(refused)
    await expect(late).rejects.toMatchObject(refused)
    expect(await filesBelow(folder)).toEqual({})
  })

  it.each(['../x', '/etc/cron.d/x'])('the receiver itself refuses the service or file %s', async (name) => {
    const { receiver, folder } = await rig()
    const post = async (parts: { readonly file: string; readonly service: string }): Promise<number> =>
      postTar({ port: receiver.port, secret: receiver.secret, ca: certificates.ca, ...parts })

    expect(await post({ service: name, file: 'a' })).toBe(400)
    expect(await post({ service: 'passwd', file: name })).toBe(400)
    expect(await filesBelow(folder)).toEqual({})
  })

  // Only root can mount a disk that small; what is tested does not depend on who writes.
  if (hasSmallDisk) {
    it('a full disk is refused and leaves the old files', async () => {
      const disk = join(base, 'disk')
      await withSmallDisk(disk, async () => {
        const { destination, folder, receiver } = await rig(disk)
        await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())

        const delivery = destination.deliver(
          snapshotOf({ generation: 2, files: { a: Buffer.alloc(1_000_000, 'new') } }),
          contextOf(),
        )

        await expect(delivery).rejects.toMatchObject({
          code: 'DELIVERY_REFUSED',
          message: expect.stringMatching(/it answers 507: .*No space left/),
        })
        expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
        await receiver.stop()
      })
    })
  }
})

interface Posted {
  readonly port: number
  readonly secret: string
  readonly ca: string
  readonly service: string
  readonly file: string
}

/** Posts what no destination would; gives the status of the answer. */
async function postTar({ port, secret, ca, service, file }: Posted): Promise<number> {
  const payload = tarPayload(snapshotOf({ generation: 1, service, files: { [file]: 'x' } }))
  const pieces: Uint8Array[] = []
  for await (const piece of payload.pieces()) pieces.push(piece)
  const body = Buffer.concat([...pieces, payload.end])
  const signature = (await openSigner({ kind: 'hmac', secret: 'signing' }, async () => secret)).begin(Date.now())
  signature.update(body)
  const sender = createHttpsSender({ ca, allowedPrivate: ['127.0.0.1', '::1'], wholeMs: 10_000 })
  const { signal } = contextOf()
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield body
  }
  try {
    const { status } = await sender.send({
      ...{ url: `https://localhost:${port}/`, accept: ['application/json'], headers: signature.headers(), signal },
      body: { type: payload.type, size: body.length, pieces: whole },
    })
    return status
  } finally {
    sender.close()
  }
}
