import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { StatusAnswer } from '../../../core/model/answers.ts'
import { ground, peopleService } from '../../support/documents.ts'
import { planFolder } from '../../support/plan-folder.ts'
import { stateOf } from './database-world.ts'
import { edited } from './rust-files.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(120_000)

function instanceFile(): string {
  return `${ground}---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  services: { people: {} }
  offers: [{ name: first, vo: astro }, { name: second, vo: bio }]
  destinations: [{ name: files, services: [people], type: directory, options: { path: hpc } }]
`
}

function voFile(vo: string, members: readonly string[]): string {
  return `apiVersion: guildhall/v1
kind: VO
metadata: { name: ${vo} }
spec: { managers: [{ user: github/root }], members: [${members.join(', ')}] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: ${vo}, name: batch }
spec: { facility: hpc, services: [people], groups: [members] }
`
}

const first = new Map([
  ['instance.yaml', instanceFile()],
  ['services.yaml', peopleService],
  ['astro.yaml', voFile('astro', ['github/ada', 'github/grace'])],
  ['bio.yaml', voFile('bio', ['github/mary'])],
])
const more = { 'bio.yaml': (text: string) => text.replace('github/mary', 'github/mary, github/rosalind') }
const access = ['github/ada astro/batch', 'github/grace astro/batch', 'github/mary bio/batch']
const withRosalind = [...access, 'github/rosalind bio/batch']

describe('last good', () => {
  let world: World
  let good: string
  const worlds: World[] = []
  beforeEach(async () => {
    world = await openWorld()
    worlds.push(world)
    good = await world.commit(first)
    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
    expect(await world.access()).toEqual(access)
  })
  afterAll(async () => {
    for (const each of worlds) await each.close()
  })

  async function status(): Promise<StatusAnswer> {
    return world.parts.store.readStatus(world.parts.pool, new Date())
  }

  it('a facility that narrows its offer warns at both files, and the loss waits for approval', async () => {
    const narrowed = edited(first, {
      ...more,
      'instance.yaml': (text) => text.replace('{ name: first, vo: astro }, ', ''),
    })
    const next = await world.commit(narrowed)
    const plan = await planFolder(world.repo, await stateOf(world.parts.pool))

    const outcome = await world.settle()

    const warnings = plan.findings.filter(({ code }) => code === 'offer-exceeded')
    expect(warnings.map(({ severity, at }) => `${severity} ${at?.file ?? ''}`).sort()).toEqual([
      'warning astro.yaml',
      'warning instance.yaml',
    ])
    expect(outcome).toMatchObject({ kind: 'held', held: 1 })
    expect(await world.access()).toEqual(withRosalind)
    expect(await status()).toMatchObject({ head: next, applied: { instance: good, 'vo:bio': next }, errors: [] })

    await world.approve((await status()).holds[0]?.digest ?? '', 'instance')

    expect(await world.access()).toEqual(['github/mary bio/batch', 'github/rosalind bio/batch'])
    expect(await status()).toMatchObject({ applied: { instance: next, 'vo:astro': next }, holds: [] })
  })

  async function breakAstro(files: ReadonlyMap<string, string>): Promise<void> {
    const before = await world.commit(files)
    await world.settle()
    const next = await world.commit(edited(files, { ...more, 'astro.yaml': () => 'kind: [VO\n' }))

    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })

    expect(await world.access()).toEqual(withRosalind)
    const now = await status()
    expect(now).toMatchObject({
      head: next,
      applied: { instance: next, 'vo:astro': before, 'vo:bio': next },
      holds: [],
    })
    expect(now.errors.map(({ severity, file }) => `${severity} ${file ?? ''}`)).toEqual(['error astro.yaml'])
  }

  it('a VO file that stops parsing stands with its last good content, and the others go on', async () => {
    await breakAstro(edited(first, { 'instance.yaml': (text) => text.replace(/\n {2}offers: .*/, '') }))
  })

  it('so it does where a facility of the instance names the VO in an offer', async () => {
    await breakAstro(first)
  })

  it('while a new file cannot be parsed nothing is removed anywhere', async () => {
    const fewer = edited(first, {
      'astro.yaml': (text) => text.replace(', github/grace', ''),
      'bio.yaml': more['bio.yaml'],
    })
    await world.commit(new Map([...fewer, ['new.yaml', 'kind: [VO\n']]))

    await world.settle()

    expect(await world.access()).toEqual(withRosalind)
    expect((await status()).errors).toMatchObject([{ severity: 'error', file: 'new.yaml' }])
  })

  it('a Service gone bad keeps the instance at its last good commit, and VOs go on', async () => {
    const broken = (text: string) => text.replace('generator: json', 'generator: jsn')
    const next = await world.commit(edited(first, { ...more, 'services.yaml': broken }))

    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })

    expect(await world.access()).toEqual(withRosalind)
    expect(await status()).toMatchObject({
      head: next,
      applied: { instance: good, 'vo:bio': next },
      errors: [{ severity: 'error', file: 'services.yaml', line: 4 }],
    })
  })
})
