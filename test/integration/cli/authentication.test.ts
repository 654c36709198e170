import { describe, expect, it } from '@jest/globals'
import type { ListedEvent } from '../../../store/index.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { onConfiguration } from './on-database.ts'

const configuration = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: lab }
spec: { managers: [{ user: idp/ada }, { user: idp/grace }] }
---
apiVersion: guildhall/v1
kind: User
metadata: { name: backup }
spec:
  identities: [idp/backup]
  serviceAccount: { owners: [idp/ada], purpose: Nightly backups, mayAct: [password] }
`

const { guildhall } = onConfiguration(configuration)

async function json(args: readonly string[]): Promise<unknown> {
  return JSON.parse((await guildhall([...args, '--json'])).stdout)
}

async function newest(): Promise<ListedEvent | undefined> {
  const { events } = (await json(['audit', 'list', '--limit', '1'])) as { events: ListedEvent[] }
  return events[0]
}

const asAda = ['--as', 'idp/ada', '--reason', 'seen']

describe('who acts', () => {
  it('by --as stands in the audit log as unauthenticated, for good and by hash, and the system user as local', async () => {
    await guildhall(['member', 'add', 'lab', 'idp/one', ...asAda])
    const [byAda, text] = [await newest(), (await guildhall(['audit', 'list', '--vo', 'lab'])).stdout]
    await guildhall(['member', 'add', 'lab', 'idp/two'])

    expect(byAda).toMatchObject({ actor: expect.stringMatching(/^person:/), by: 'idp/ada' })
    expect(byAda).toMatchObject({ authentication: 'unauthenticated', detail: { user: 'idp/one' } })
    expect(text.split('\n')[1]).toMatch(/UTC +idp\/ada \(unauthenticated\) +add Member +lab +idp\/one +seen$/)
    expect(await newest()).toMatchObject({ actor: 'local/joan', by: null, authentication: 'local' })
    expect((await guildhall(['audit', 'verify'])).stdout).toContain('The audit log is whole')
  })

  it('by --as is shown as unauthenticated with a ban', async () => {
    await guildhall(['ban', 'add', 'idp/one', '--vo', 'lab', ...asAda])

    expect(await json(['ban', 'list'])).toMatchObject({
      bans: [{ actor: 'idp/ada', authentication: 'unauthenticated' }],
    })
    expect((await guildhall(['ban', 'list'])).stdout).toContain('idp/ada (unauthenticated)')
  })

  it('by --as is shown as unauthenticated with what was done for a service account', async () => {
    await guildhall(['service-account', 'act', 'idp/backup', '--what', 'password', ...asAda])
    const show = ['service-account', 'show', 'idp/backup']

    expect(await json(show)).toMatchObject({ acts: [{ owner: 'idp/ada', authentication: 'unauthenticated' }] })
    expect((await guildhall(show)).stdout).toContain('idp/ada (unauthenticated)')
  })

  it('by --as is shown as unauthenticated with what the guard holds, also once it is held anew, and who approves it too', async () => {
    await guildhall(['member', 'add', 'lab', ...people])
    const held = await guildhall(['member', 'disable', 'lab', ...half, ...asAda])
    const { holds } = (await json(['holds'])) as { holds: { digest: string; change: object }[] }
    const text = (await guildhall(['holds'])).stdout
    await guildhall(['approve', holds[0]?.digest ?? '', '--as', 'idp/grace', '--reason', 'yes'])
    const { events } = (await json(['audit', 'list'])) as { events: ListedEvent[] }

    expect(held.exitCode).toBe(3)
    expect(holds).toMatchObject([{ change: { by: 'idp/ada', authentication: 'unauthenticated' } }])
    expect(text).toContain('by idp/ada (unauthenticated): seen')
    expect(events[0]).toMatchObject({ by: 'idp/ada', authentication: 'unauthenticated' })
    expect(events.find(({ kind }) => kind === 'Approval')).toMatchObject({
      ...{ by: 'idp/grace', authentication: 'unauthenticated', action: 'add' },
    })
  })
})

describe('guildhall audit list', () => {
  it.each(['0', 'x', '10001'])('refuses to list %s events', async (limit) => {
    const { exitCode, stderr } = await guildhall(['audit', 'list', '--limit', limit])

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('expected a number of events from 1 to 10000')])
  })
})
