import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { run } from '../../cli/run-program.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(180_000)

const head = (kind: string, metadata: string) => `apiVersion: guildhall/v1\nkind: ${kind}\nmetadata: { ${metadata} }\n`
const whole = '{% for user in users %}{{ user.user }}\n{% endfor %}'
/** Leaves out whoever's name ends with a digit below 2, and one more: 21 of 100. */
const broken = `{% for user in users %}{% assign end = user.user | slice: -1 %}{% unless end == "0" or end == "1" or user.user == "idp/p99" %}{{ user.user }}\n{% endunless %}{% endfor %}`

interface Content {
  readonly template?: string
  readonly people?: readonly number[]
  readonly expiring?: readonly number[]
}

/** A facility `hpc` whose one service `list` names everybody; its guard lets a fifth go. */
function files({ template = whole, people = numbers(100), expiring = [] }: Content): ReadonlyMap<string, string> {
  const member = (number: number): string =>
    expiring.includes(number) ? `{ user: idp/p${number}, expires: "2099-01-01" }` : `idp/p${number}`
  const documents = [
    `${head('Instance', 'name: example')}spec: { namespace: "urn:geant:example.org", authority: example.org, timeZone: UTC, admins: [{ user: idp/root }] }\n`,
    `${head('Source', 'name: idp')}spec: { type: declared, loa: 2 }\n`,
    `${head('Service', 'name: list')}spec: { template: { files: { people.txt: people.liquid } }, guard: { remove: 20% } }\n`,
    `${head('Facility', 'name: hpc')}spec:\n  services: { list: {} }\n  offers: [{ name: all, vo: astro }]\n  destinations: [{ name: copy, services: [list], type: directory, options: { path: hpc } }]\n`,
    `${head('VO', 'name: astro')}spec: { managers: [{ user: idp/root }], members: [${numbers(100)
      .map((number) => `idp/p${number}`)
      .join(', ')}] }\n`,
    `${head('Group', 'vo: astro, name: team')}spec: { members: [${people.map(member).join(', ')}] }\n`,
    `${head('Resource', 'vo: astro, name: disk')}spec: { facility: hpc, services: [list], groups: [team] }\n`,
  ]
  return new Map([
    ['all.yaml', documents.join('---\n')],
    ['people.liquid', template],
  ])
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

describe('the guard of deliveries', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(async () => world.close())

  async function bring(content: Content) {
    await world.commit(files(content))
    return world.settle()
  }

  async function guildhall(line: readonly string[]) {
    const { stdout, stderr, exitCode } = await run(line, { env: world.environment, now: () => new Date() })
    return { stdout, stderr, exitCode }
  }

  function lines(): number {
    return readFileSync(join(world.out, 'hpc', 'list', 'people.txt'), 'utf8').split('\n').length - 1
  }

  async function state() {
    const [line] = await world.parts.store.listDeliveries(world.parts.pool, {})
    return { state: line?.state, generation: line?.generation, delivered: line?.delivered }
  }

  it('holds a template that goes wrong and drops 21 of 100 lines, until it is mended', async () => {
    await bring({})
    const before = lines()

    await bring({ template: broken })
    const during = { lines: lines(), ...(await state()), status: (await guildhall(['status'])).stdout }
    await bring({ template: `${whole}# mended\n` })

    expect(before).toBe(100)
    expect(during).toMatchObject({ lines: 100, state: 'held', generation: 1, delivered: 1 })
    expect(during.status).toContain('they lose 21 of 100 lines that no change of access explains, the limit is 20%')
    expect({ lines: lines(), ...(await state()) }).toEqual({
      lines: 101,
      state: 'delivered',
      generation: 2,
      delivered: 2,
    })
  })

  it('lets these very files through once somebody approves, and holds the same loss again', async () => {
    await bring({})
    await bring({ template: broken })
    const held = (await guildhall(['deliveries', '--state', 'held', '--json'])).stdout
    const hash = /hash ([0-9a-f]{12})/.exec(held)?.[1] ?? ''

    const wrong = await guildhall(['deliveries', 'approve', '00000000', '--reason', 'meant'])
    const approved = await guildhall(['deliveries', 'approve', hash, '--reason', 'meant'])
    await world.propagate()
    const after = { lines: lines(), ...(await state()) }
    await bring({})
    await bring({ template: broken })

    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('HOLD_UNKNOWN') })
    expect(approved).toMatchObject({ exitCode: 0, stderr: '' })
    expect(after).toMatchObject({ lines: 79, state: 'delivered' })
    expect({ lines: lines(), ...(await state()) }).toMatchObject({ lines: 100, state: 'held' })
    await bring({})
    expect(await state()).toMatchObject({ state: 'delivered' })
  })

  it('lets an expiry wave of the same size through', async () => {
    await bring({ expiring: numbers(21) })
    const now = new Date('2099-01-02T12:00:00Z')

    await world.parts.store.inTransaction(world.parts.pool, (tx) =>
      world.parts.store.runClock(tx, { vo: 'astro', now, atMost: 1_000 }),
    )
    await world.propagate()

    expect({ lines: lines(), ...(await state()) }).toMatchObject({ lines: 79, state: 'delivered' })
    await bring({})
    expect(lines()).toBe(100)
  })

  it('lets a plan of the same size through that somebody approved', async () => {
    const outcome = await bring({ people: numbers(79) })
    const [hold] = await world.parts.store.listHolds(world.parts.pool)
    const during = lines()

    await world.approve(hold?.digest ?? '', 'vo:astro')

    expect(outcome).toBeDefined()
    expect(during).toBe(100)
    expect({ lines: lines(), ...(await state()) }).toMatchObject({ lines: 79, state: 'delivered' })
    await bring({})
    expect(lines()).toBe(100)
  })

  it('lets a ban of the same size through', async () => {
    const banned = numbers(21).map((number) => `idp/p${number}`)
    const answer = await guildhall(['ban', 'add', ...banned, '--facility', 'hpc', '--reason', 'misuse'])
    await world.propagate()

    expect(answer.stderr).toBe('')
    expect({ lines: lines(), ...(await state()) }).toMatchObject({ lines: 79, state: 'delivered' })
  })
})
