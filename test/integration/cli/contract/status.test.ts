import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { StatusAnswer } from '../../../../core/model/answers.ts'
import { run } from '../../../cli/run-program.ts'
import { openWorld, type World } from '../../bars/world.ts'
import { edited, lineOf, twoVos, type Files } from './config.ts'
import { parse } from './world.ts'

jest.setTimeout(120_000)

type Destination = StatusAnswer['facilities'][number]['services'][number]['destinations'][number]

const vo = 'astro/vo.yaml'

describe('status --json', () => {
  let world: World
  let first: string
  beforeAll(async () => {
    world = await openWorld()
    first = await commit(twoVos)
  })
  afterAll(async () => world.close())

  async function commit(files: Files): Promise<string> {
    return world.commit(new Map(Object.entries(files)))
  }

  async function apply(): Promise<number> {
    const { exitCode } = await run(['apply', '--json'], { env: world.environment, now: () => new Date() })
    return exitCode
  }

  async function status(): Promise<StatusAnswer> {
    return parse(await run(['status', '--json'], { env: world.environment })).json as StatusAnswer
  }

  async function destinations(): Promise<Readonly<Record<string, Destination>>> {
    const { facilities } = await status()
    const lines = facilities.flatMap(({ name: facility, services }) =>
      services.flatMap(({ name: service, destinations: list }) =>
        list.map((line) => [`${facility}/${service}/${line.name}`, line] as const),
      ),
    )
    return Object.fromEntries(lines)
  }

  const waiting = (name: string): Destination => ({ name, state: 'pending', generation: null, delivered: null })
  const done = (name: string, generation = 1): Destination => ({
    name,
    state: 'delivered',
    generation,
    delivered: generation,
  })

  it('has exactly its keys before the first commit', async () => {
    expect(await status()).toEqual({ head: null, applied: {}, holds: [], errors: [], facilities: [] })
  })

  it('tells what is in force, and that nothing is delivered yet', async () => {
    expect(await apply()).toBe(0)

    expect(await status()).toEqual({
      head: first,
      applied: { instance: first, 'vo:astro': first, 'vo:history': first },
      holds: [],
      errors: [],
      facilities: [
        {
          name: 'archive',
          services: [
            { name: 'names', destinations: [waiting('files')] },
            { name: 'people', destinations: [waiting('files')] },
          ],
        },
        {
          name: 'hpc',
          services: [
            { name: 'names', destinations: [waiting('files')] },
            { name: 'people', destinations: [waiting('copy'), waiting('files')] },
          ],
        },
      ],
    })
  })

  it('has the generation of the newest snapshot and the one delivered last', async () => {
    await world.propagate()

    expect(await destinations()).toEqual({
      'archive/names/files': done('files'),
      'archive/people/files': done('files'),
      'hpc/names/files': done('files'),
      'hpc/people/copy': done('copy'),
      'hpc/people/files': done('files'),
    })
  })

  it('says pending as soon as a commit is in force that bears on a service, and counts only what differs', async () => {
    await commit(edited(twoVos, 'astro/resources.yaml', ['capabilities: ["res:quiet"]', 'capabilities: ["res:still"]']))
    await apply()
    const between = await destinations()
    await world.propagate()

    const states = Object.entries(between).map(([name, { state }]) => `${name} ${state}`)
    expect(states.filter((line) => line.startsWith('hpc/'))).toEqual([
      'hpc/names/files pending',
      'hpc/people/copy pending',
      'hpc/people/files pending',
    ])
    expect(between).toMatchObject({ 'hpc/people/files': { generation: 1, delivered: 1 } })
    expect(await destinations()).toMatchObject({
      'archive/names/files': done('files'),
      'hpc/people/copy': done('copy', 2),
      'hpc/people/files': done('files', 2),
    })
  })

  it('tells a destination in trouble from one beside it', async () => {
    const blocked = join(world.out, 'hpc-copy', 'people')
    rmSync(blocked, { recursive: true })
    writeFileSync(blocked, 'in the way')
    await commit(twoVos)
    await apply()
    await world.propagate()

    expect(await destinations()).toMatchObject({
      'hpc/people/copy': { name: 'copy', state: 'failing', generation: 3, delivered: 2 },
      'hpc/people/files': done('files', 3),
    })
    const why = await run(['why', 'idp/ada', 'astro/batch', '--json'], { env: world.environment })
    const to = { facility: 'hpc', service: 'people' }
    expect(parse(why).json).toMatchObject({
      deliveries: [
        { ...to, destination: 'copy', state: 'failing' },
        { ...to, destination: 'files', state: 'delivered' },
      ],
    })
    rmSync(blocked)
  })

  it('has the errors of the newest commit as findings, and keeps only their scope behind', async () => {
    const files = edited(twoVos, vo, ['includes: [engineers]', 'includes: [enginers]'])
    const { applied: before } = await status()
    const broken = await commit(files)
    const exitCode = await apply()

    const { head, applied, errors } = await status()
    expect({ exitCode, head, applied }).toEqual({
      exitCode: 1,
      head: broken,
      applied: { instance: broken, 'vo:astro': before['vo:astro'], 'vo:history': broken },
    })
    expect(errors).toEqual([
      {
        ...{ severity: 'error', code: 'reference-unknown', file: vo, path: 'spec.includes[0]', column: 40 },
        line: lineOf(files, vo, '[enginers]'),
        message: expect.stringContaining('did you mean "engineers"'),
      },
    ])
  })
})
