import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createRelay } from '../../../worker/relay.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { propagationId } from '../../../workflows/propagation/messages.ts'
import { hasSshd, startSshd, type Sshd } from '../../connectors/sshd.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(300_000)

const receiver = fileURLToPath(
  new URL('../../../connectors/destinations/ssh/receiver/guildhall-receiver', import.meta.url),
)
const facilities = 20
const destinationsEach = 50
const atOnce = 10

const withSshd = hasSshd ? describe : describe.skip

withSshd('a ban in front of a thousand waiting deliveries (needs sshd: apt-get install openssh-server)', () => {
  let base = ''
  let target = ''
  let sshd: Sshd
  let world: World
  /** Deliveries to the crowd that began; they do not end before the gate opens that stands when they begin. */
  const crowd: { begun: number; gate: Promise<void> | undefined } = { begun: 0, gate: undefined }

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'ban-first-'))
    target = join(base, 'target')
    await mkdir(target)
    sshd = await startSshd(base)
    const key = await sshd.makeKey('id')
    await sshd.authorize('id', `sh ${receiver} ${target}`)
    world = await openWorld({
      env: { GUILDHALL_SECRET_FACILITY_HPC_KEY: key },
      deliveriesAtOnce: atOnce,
      beforeAttempt: async ({ facility }) => {
        if (facility === 'hpc') return
        crowd.begun += 1
        await crowd.gate
      },
    })
  })
  afterAll(async () => {
    await world.close()
    await sshd.stop()
    await rm(base, { recursive: true, force: true })
  })

  const passwd = async () => readFile(join(target, 'passwd', 'passwd'), 'utf8')
  const isLockedOut = async () => /^mallory:.*:\/usr\/sbin\/nologin$/m.test(await passwd())

  /** Shuts the gate for all that begin from now on; returns what opens it. */
  function close(): () => void {
    let open: () => void = () => undefined
    crowd.gate = new Promise((resolve) => {
      open = resolve
    })
    return () => {
      open()
    }
  }

  /** Whether every facility of the crowd has deliveries that wait. */
  async function allWait(): Promise<boolean> {
    const crowds = Array.from({ length: facilities }, (_, index) => propagationId(`c${index}`))
    const pending = await Promise.all(crowds.map(async (id) => pendingOf(id)))
    return pending.every((attempts) => attempts > 0)
  }

  async function pendingOf(id: string): Promise<number> {
    const { raw } = await world.parts.client.workflow.getHandle(id).describe()
    return (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'attemptDelivery').length
  }

  /** Whether the delivery to the operators waits for a place. */
  async function isBanWaiting(): Promise<boolean> {
    return (await pendingOf(propagationId('hpc'))) > 0
  }

  it('gets the first place that is free, and reaches the files of an ssh destination', async () => {
    await world.commit(files(['idp/ada']))
    await world.settle()
    expect(await passwd()).toMatch(/^mallory:.*:\/bin\/bash$/m)

    await world.commit(files(['idp/ada', 'idp/grace']))
    crowd.begun = 0
    const open = close()
    const settled = world.settle()
    const { pool, store } = world.parts
    await waitUntil(async () => crowd.begun === atOnce && (await allWait()), 60_000)
    await store.inTransaction(pool, (tx) =>
      store.addBans(tx, {
        place: { kind: 'vo', vo: 'ops' },
        requests: [{ user: 'idp/mallory', reason: 'stolen key', until: null }],
        cause: { actor: 'local/test' },
        now: new Date(),
      }),
    )
    await createRelay({ ...world.parts, instance: 'main', now: Date.now }).run()
    const isWaiting = await waitUntil(isBanWaiting, 60_000)
    const inFlight = crowd.begun
    // Who of the crowd gets a place now keeps it until the ban is out, which does not get out but among the first.
    const openAll = close()
    open()
    const isOut = await waitUntil(isLockedOut, 60_000)
    const begunBesides = crowd.begun - inFlight
    openAll()

    expect({ isWaiting, inFlight, isOut }).toEqual({ isWaiting: true, inFlight: atOnce, isOut: true })
    // With it as many as had ended, the last of them in its own place.
    expect(begunBesides).toBeLessThanOrEqual(atOnce)
    await settled
  })

  /** A VO of operators on an ssh destination, and one whose members go to a thousand directories. */
  function files(members: readonly string[]): ReadonlyMap<string, string> {
    const lines = (kind: string, metadata: string, spec: object) =>
      `apiVersion: guildhall/v1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${JSON.stringify(spec)}\n`
    const ssh = {
      ...{ host: '127.0.0.1', port: sshd.port, user: sshd.user, key: { secret: 'key' }, hostKey: sshd.hostKey },
    }
    const crowds = Array.from({ length: facilities }, (_, index) => `c${index}`)
    const user = (name: string, displayName: string) =>
      lines('User', `{ name: ${name} }`, { identities: [`idp/${name}`], attributes: { login: name, displayName } })
    return new Map([
      [
        'all.yaml',
        [
          lines('Instance', '{ name: example }', {}),
          lines('Source', '{ name: idp }', { type: 'declared' }),
          lines('Attribute', '{ name: user-facility.uid }', {
            ...{ type: 'integer', unique: 'facility' },
            generate: { sequence: { from: 10000, to: 10100, per: 'facility' } },
          }),
          lines('Service', '{ name: passwd }', { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] }),
          lines('Service', '{ name: people }', { generator: 'json' }),
          ...[user('ada', 'Ada'), user('grace', 'Grace'), user('mallory', 'Mallory')],
          lines('Facility', '{ name: hpc }', {
            services: { passwd: {} },
            offers: [{ name: 'main', vo: 'ops' }],
            destinations: [{ name: 'login1', services: ['passwd'], type: 'ssh', options: ssh }],
          }),
          ...crowds.map((name) =>
            lines('Facility', `{ name: ${name} }`, {
              services: { people: {} },
              offers: [{ name: 'main', vo: 'crowd' }],
              destinations: Array.from({ length: destinationsEach }, (_, index) => ({
                ...{
                  name: `d${index}`,
                  services: ['people'],
                  type: 'directory',
                  options: { path: `${name}/d${index}` },
                },
              })),
            }),
          ),
          lines('VO', '{ name: ops }', { members: ['idp/ada', 'idp/mallory'] }),
          lines('Resource', '{ vo: ops, name: login }', { facility: 'hpc', services: ['passwd'], groups: ['members'] }),
          lines('VO', '{ name: crowd }', { members }),
          ...crowds.map((name) =>
            lines('Resource', `{ vo: crowd, name: ${name} }`, {
              facility: name,
              services: ['people'],
              groups: ['members'],
            }),
          ),
        ].join('---\n'),
      ],
    ])
  }
})
