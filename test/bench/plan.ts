import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { openMirror, type Mirror } from '../../connectors/config-repo/mirror.ts'
import { desireReading } from '../../connectors/config-repo/validate-folder.ts'
import { loadState } from '../../store/index.ts'
import { timed, type Bench, type Sides } from './measure.ts'
import { abilities, apply, asOf, ground, numbers, openWorld, plan, read, writeFiles } from './world.ts'

const groupsPerFile = 100
const files = 100
const members = 10
const people = 20_000

/** The first plan of a process: nothing is parsed yet. */
export const planBench: Bench = { name: 'plan', goal: 1.5, prepare: async () => prepare('cold') }

/** The next plan of the same process: all files but one are as they were. */
export const planAgainBench: Bench = { name: 'plan-again', goal: 0.3, prepare: async () => prepare('warm') }

async function prepare(start: 'cold' | 'warm'): Promise<Sides> {
  const world = await openWorld()
  const repository = join(world.home, 'repository')
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...words], { cwd: repository })
  mkdirSync(repository)
  writeFiles(repository, configuration())
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'All')
  await apply(world.pool, await read(repository))

  const open = () =>
    openMirror({
      url: repository,
      branch: 'main',
      folder: join(world.home, 'mirror.git'),
      allowsFiles: true,
      environment: { PATH: process.env['PATH'] ?? '' },
    })
  let mirror: Mirror = open()
  const planOnce = async (commit: string) => {
    const desired = desireReading(await mirror.readCommit(commit), abilities)
    const { plan: planned } = plan(await loadState(world.pool, { lossesSince: asOf }), desired)
    if (planned.changes.length !== 1) throw new Error(`Expected one change, got ${planned.changes.length}`)
  }
  return {
    baseline: async () =>
      timed(() => {
        for (const name of readdirSync(repository).filter((file) => file.endsWith('.yaml')))
          parseAllDocuments(readFileSync(join(repository, name), 'utf8'))
      }),
    value: async (round) => {
      // Always the same group's eleventh member, another one each round: one change against what is in force.
      writeFileSync(join(repository, 'groups-7.yaml'), groupFile(7, `idp/p${round}-extra`))
      git('commit', '--quiet', '--all', '--message', `Round ${round}`)
      if (start === 'cold') mirror = open()
      const commit = await mirror.fetch()
      return timed(async () => planOnce(commit))
    },
    close: async () => world.close(),
  }
}

function configuration() {
  const groups = Object.fromEntries(numbers(files).map((file) => [`groups-${file}.yaml`, groupFile(file)]))
  const vo = `apiVersion: guildhall/v1\nkind: VO\nmetadata: { name: big }\nspec: {}\n`
  const facilities = numbers(10).map(
    (index) =>
      `apiVersion: guildhall/v1\nkind: Facility\nmetadata: { name: f${index} }\nspec:\n  services: { people: {} }\n  offers: [{ name: main, vo: big }]\n`,
  )
  const service = `apiVersion: guildhall/v1\nkind: Service\nmetadata: { name: people }\nspec: { generator: json }\n`
  return {
    'instance.yaml': ground(service, ...facilities),
    'vo.yaml': [vo, ...numbers(100).map(resource)].join('---\n'),
    ...groups,
  }
}

function resource(index: number): string {
  return `apiVersion: guildhall/v1\nkind: Resource\nmetadata: { vo: big, name: r${index} }\nspec:\n  facility: f${index % 10}\n  services: [people]\n  groups: [g${index}-0, g${index}-1]\n`
}

function groupFile(file: number, extra?: string): string {
  const groups = numbers(groupsPerFile).map((index) => {
    const first = (file * groupsPerFile + index) * 7
    const named = numbers(members).map((offset) => `idp/p${(first + offset * 31) % people}`)
    const all = index === 0 && extra !== undefined ? [...named, extra] : named
    const lines = all.map((member) => `    - ${member}\n`).join('')
    return `apiVersion: guildhall/v1\nkind: Group\nmetadata:\n  vo: big\n  name: g${file}-${index}\nspec:\n  members:\n${lines}`
  })
  return groups.join('---\n')
}
