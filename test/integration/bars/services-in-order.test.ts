import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { deliveryId } from '../../../workflows/delivery/messages.ts'
import { run } from '../../cli/run-program.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(120_000)

const head = (kind: string, name: string) => `apiVersion: guildhall/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`

/** At `hpc` homes go after accounts, which have these options; both go to `copy`, and homes alone to `homes`. */
function files(people: readonly string[], accounts = '{}'): ReadonlyMap<string, string> {
  const to = (name: string, services: string) =>
    `{ name: ${name}, services: [${services}], type: directory, options: { path: ${name} } }`
  const documents = [
    `${head('Instance', 'example')}spec: { namespace: "urn:geant:example.org", authority: example.org, timeZone: UTC, admins: [{ user: idp/root }] }\n`,
    `${head('Source', 'idp')}spec: { type: declared, loa: 2 }\n`,
    `${head('Service', 'accounts')}spec: { generator: json }\n`,
    `${head('Service', 'homes')}spec: { generator: json, after: [accounts] }\n`,
    `${head('Facility', 'hpc')}spec:\n  services: { accounts: ${accounts}, homes: {} }\n  offers: [{ name: all, vo: astro }]\n  destinations: [${to('copy', 'accounts, homes')}, ${to('homes', 'homes')}]\n`,
  ]
  const vo = [
    `${head('VO', 'astro')}spec: { managers: [{ user: idp/root }], members: [${people.map((name) => `idp/${name}`).join(', ')}] }\n`,
    `${head('Resource', 'disk').replace('disk }', 'disk, vo: astro }')}spec: { facility: hpc, services: [accounts, homes], groups: [members] }\n`,
  ]
  return new Map([
    ['instance/all.yaml', documents.join('---\n')],
    ['astro/all.yaml', vo.join('---\n')],
  ])
}

describe('services that go after others', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(async () => world.close())

  async function lines(): Promise<readonly string[]> {
    const found = await world.parts.store.listDeliveries(world.parts.pool)
    return found.map(({ service, destination, state, delivered, error }) =>
      [service, destination, state, delivered ?? 0, error?.startsWith('waits') === true ? error : ''].join(' ').trim(),
    )
  }

  it('wait at a destination until those are there, and go at once when they are', async () => {
    const accounts = join(world.out, 'copy', 'accounts')
    await world.commit(files(['ada']))
    await world.settle()
    const quiet = await lines()
    rmSync(accounts, { recursive: true })
    writeFileSync(accounts, 'in the way')
    await world.commit(files(['ada'], '{ options: { groups: true } }'))
    await world.settle()
    const nothingNew = await lines()
    await world.commit(files(['ada', 'bob']))
    await world.settle()
    const during = await lines()

    rmSync(accounts)
    const target = { facility: 'hpc', service: 'accounts', destination: 'copy' }
    const outcome: unknown = await world.parts.client.workflow.getHandle(deliveryId(target)).result()
    await world.parts.client.workflow.getHandle(deliveryId({ ...target, service: 'homes' })).result()

    expect(quiet).toEqual(['accounts copy delivered 1', 'homes copy delivered 1', 'homes homes delivered 1'])
    expect(nothingNew).toEqual(['accounts copy failing 1', 'homes copy delivered 1', 'homes homes delivered 1'])
    expect(during).toEqual([
      'accounts copy failing 1',
      'homes copy pending 1 waits for accounts',
      'homes homes delivered 2',
    ])
    expect(outcome).toMatchObject({ kind: 'delivered' })
    expect(await lines()).toEqual(['accounts copy delivered 3', 'homes copy delivered 2', 'homes homes delivered 2'])
    expect(existsSync(join(accounts, 'accounts.json'))).toBe(true)
  })

  it.each([
    ['after: [acounts]', 'there is no service "acounts"; did you mean "accounts"?'],
    ['after: [homes]', 'service "homes" cannot go after itself; leave it out'],
  ])('are refused where that cannot be: %s', async (after, message) => {
    const text = [...files(['ada']).values()].join('---\n').replace('after: [accounts]', after)
    writeFileSync(join(world.repo, 'instance/all.yaml'), text)
    rmSync(join(world.repo, 'astro'), { recursive: true, force: true })

    const { exitCode, stdout, stderr } = await run(['validate', world.repo])

    expect({ exitCode, isTold: `${stdout}${stderr}`.includes(message) || stdout + stderr }).toEqual({
      exitCode: 1,
      isTold: true,
    })
  })
})
