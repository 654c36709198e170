import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { deliveryId } from '../../../workflows/delivery/messages.ts'
import { resume } from '../../../worker/resume.ts'
import { run } from '../../cli/run-program.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(120_000)

const root = fileURLToPath(new URL('../../..', import.meta.url))

const head = (kind: string, name: string) => `apiVersion: guildhall/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`

/** A facility `hpc` whose one service `list` goes to `copy`, with these people. */
function files(people: readonly string[]): ReadonlyMap<string, string> {
  const instance = [
    `${head('Instance', 'example')}spec: { namespace: "urn:geant:example.org", authority: example.org, timeZone: UTC, admins: [{ user: idp/root }] }\n`,
    `${head('Source', 'idp')}spec: { type: declared, loa: 2 }\n`,
    `${head('Service', 'list')}spec: { generator: json }\n`,
    `${head('Facility', 'hpc')}spec:\n  services: { list: {} }\n  offers: [{ name: all, vo: astro }]\n  destinations: [{ name: copy, services: [list], type: directory, options: { path: hpc } }]\n`,
  ]
  const vo = [
    `${head('VO', 'astro')}spec: { managers: [{ user: idp/root }], members: [${people.map((name) => `idp/${name}`).join(', ')}] }\n`,
    `${head('Resource', 'disk').replace('disk }', 'disk, vo: astro }')}spec: { facility: hpc, services: [list], groups: [members] }\n`,
  ]
  return new Map([
    ['instance/all.yaml', instance.join('---\n')],
    ['astro/all.yaml', vo.join('---\n')],
  ])
}

describe('a block of deliveries', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(async () => world.close())

  async function bring(people: readonly string[]): Promise<void> {
    await world.commit(files(people))
    await world.settle()
  }

  async function guildhall(line: string) {
    const { stdout, stderr, exitCode } = await run(line.split(' '), { env: world.environment, now: () => new Date() })
    if (exitCode !== 0) throw new Error(stderr)
    return stdout
  }

  /** Exit code and output of the program as a process of its own, which runs another one. */
  function dryRun(): readonly [number | null, string] {
    const args = ['--import', 'tsx', join(root, 'cli/main.ts'), 'deliveries', 'dry-run', '--facility', 'hpc']
    const env = { PATH: process.env['PATH'], ...world.environment, GUILDHALL_OUT: world.out }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
    return [status, stdout === '' ? stderr : stdout]
  }

  /** The people in the file at the destination. */
  function there(): readonly string[] {
    const text = readFileSync(join(world.out, 'hpc', 'list', 'list.json'), 'utf8')
    return [...new Set([...text.matchAll(/idp\/(\w+)/g)].map(([, name = '']) => name))].sort()
  }

  it('keeps what is there, and the newest is there once it is lifted', async () => {
    await bring(['ada'])
    await guildhall('deliveries block --facility hpc --reason rebuilt')
    await bring(['ada', 'bob'])
    await bring(['ada', 'bob', 'cyd'])
    const during = { there: there(), status: await guildhall('status') }

    await guildhall('deliveries unblock --facility hpc')
    await world.propagate()

    expect(during.there).toEqual(['ada'])
    expect(during.status).toContain('`guildhall deliveries unblock --facility hpc` lifts it')
    expect(during.status).toMatch(/hpc +list +copy +blocked +1 of 3\n/)
    expect(there()).toEqual(['ada', 'bob', 'cyd'])
  })

  it('that has an end is over by it, whatever became of Temporal', async () => {
    await guildhall('deliveries pause --facility hpc --service list --for PT1H --reason maintenance')
    await bring(['ada', 'bob'])
    const during = { there: there(), list: await guildhall('deliveries list --state paused --json') }
    await world.parts.pool.query(`update delivery_block set ends_at = now()`)

    await world.propagate()

    expect(during.there).toEqual(['ada', 'bob', 'cyd'])
    expect(JSON.parse(during.list)).toMatchObject({
      deliveries: [{ state: 'paused', block: { kind: 'pause', by: 'local/joan', reason: 'maintenance' } }],
    })
    expect(there()).toEqual(['ada', 'bob'])
    expect(await guildhall('deliveries list')).toMatch(/hpc +list +copy +delivered +4 of 4/)
  })

  it('ends the retries of a destination in trouble, and a new start does not begin them again', async () => {
    const folder = join(world.out, 'hpc', 'list')
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'in the way')
    await bring(['ada'])
    const before = await guildhall('deliveries list')

    await guildhall('deliveries block --facility hpc --destination copy --reason broken')
    const target = { facility: 'hpc', service: 'list', destination: 'copy' }
    const outcome: unknown = await world.parts.client.workflow.getHandle(deliveryId(target)).result()
    const resumed = await resume({ ...world.parts, instance: 'guildhall' })
    rmSync(folder)
    mkdirSync(folder)
    await guildhall('deliveries unblock --facility hpc --destination copy')
    await world.propagate()
    await world.parts.client.workflow.getHandle(deliveryId(target)).result()

    expect(before).toMatch(/hpc +list +copy +failing/)
    expect(outcome).toMatchObject({ kind: 'blocked' })
    expect(resumed).toMatchObject({ deliveries: 0, facilities: 0 })
    expect(existsSync(join(folder, 'list.json')) && there()).toEqual(['ada'])
  })

  it('does not keep what was lost at the destination from coming back once it is forced', async () => {
    await bring(['ada'])
    rmSync(join(world.out, 'hpc', 'list', 'list.json'))
    const idle = await guildhall('deliveries list')

    const told = await guildhall('deliveries force --facility hpc')
    await world.propagate()

    expect(idle).toContain('delivered')
    expect(told).toBe('1 delivery goes out again; `guildhall deliveries` shows how far they are\n')
    expect(there()).toEqual(['ada'])
    expect(await guildhall('deliveries list')).toBe(idle)
  })

  it('or none: what a delivery would do can be asked beforehand', async () => {
    await bring(['ada'])
    const clean = dryRun()
    const folder = join(world.out, 'hpc', 'list')
    writeFileSync(join(folder, 'list.json'), 'by hand')
    writeFileSync(join(folder, 'notes'), 'not ours')

    const differing = dryRun()

    const place = 'list of hpc to copy: generation'
    expect(clean).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${place} (\\d+) is installed of \\1; 1 as it should be\n$`)),
    ])
    expect(differing).toEqual([2, expect.stringContaining('; 0 as it should be, 1 would be changed, 1 is not ours\n')])
    expect(differing[1]).toContain('\n  list.json would be changed\n  notes is not ours\n')
    expect(readFileSync(join(folder, 'list.json'), 'utf8')).toBe('by hand')
  })

  it('of a person leaves them out of the files, whose access stays', async () => {
    await bring(['ada', 'bob'])
    await guildhall('deliveries block --person idp/ada --reason odd')
    await world.propagate()
    const during = { there: there(), access: await world.access(), status: await guildhall('status') }

    await guildhall('deliveries unblock --person idp/ada')
    await world.propagate()

    expect(during).toMatchObject({ there: ['bob'], access: ['idp/ada astro/disk', 'idp/bob astro/disk'] })
    expect(during.status).toContain('Blocked: idp/ada in the files of every facility, by local/joan since')
    expect(there()).toEqual(['ada', 'bob'])
  })

  it.each([
    ['deliveries block --reason no', 'Cannot block deliveries: expected `--facility`'],
    ['deliveries block --person idp/ada --service list --reason no', 'a person is left out of all files of a facility'],
    ['deliveries block --state failing --facility hpc --reason no', "unknown option '--state'"],
    ['deliveries block --facility hpc', "required option '--reason <text>' not specified"],
    ['deliveries pause --facility hpc --for P8D --reason no', 'expected a length such as PT2H or P1D, at most P7D'],
    ['deliveries pause --facility hcp --for P1D --reason no', 'Cannot block facility "hcp"'],
  ])('is asked for in a way that says what is wrong: %s', async (line, message) => {
    const { exitCode, stderr } = await run(line.split(' '), { env: world.environment })

    expect({ exitCode, isTold: stderr.toLowerCase().includes(message.toLowerCase()) || stderr }).toEqual({
      exitCode: 1,
      isTold: true,
    })
  })
})
