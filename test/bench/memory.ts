import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endWorker } from '../support/built-worker.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { startBuilt } from './built-world.ts'
import type { Bench } from './measure.ts'
import { document, ground, makeHome, numbers, together, type Files } from './world.ts'

const many = 100_000
const few = 10_000
const patienceMs = 900_000

/**
 * The most memory of the built worker that reads so many people for the first time and delivers them, against the same of a tenth
 * of them: the high-water mark of the kernel, with what is not collected yet.
 */
export const memoryBench: Bench = {
  name: 'memory',
  goal: 1.5,
  unit: 'MB',
  prepare: async () =>
    Promise.resolve({
      value: async () => mostMemory(many),
      baseline: async () => mostMemory(few),
      close: async () => Promise.resolve(),
    }),
}

/** In MB. */
async function mostMemory(people: number): Promise<number> {
  const home = makeHome()
  try {
    const worker = await startBuilt(home, configuration(people), 1)
    try {
      const file = join(home, 'out', 'hpc', 'd0', 'people', 'people.json')
      const last = `"hr/person-${people - 1}"`
      if (!(await waitUntil(() => readFileSync(file, 'utf8').includes(last), patienceMs)))
        throw new Error(`${people} people were not delivered within ${patienceMs / 1_000} s`)
      return highWater(worker.pid)
    } finally {
      await endWorker(worker, 'SIGTERM')
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function highWater(pid: number | undefined): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1_024
}

function configuration(people: number): Files {
  const persons = numbers(people).map((index) => `person-${index},p${index}x,Person ${index},p${index}@example.org`)
  return {
    'people.csv': ['id,login,name,mail', ...persons, ''].join('\n'),
    'instance.yaml': ground(
      document(
        'Source',
        { name: 'hr' },
        {
          ...{ type: 'csv', options: { file: 'people.csv' }, vos: ['big'], login: '${id}' },
          attributes: { 'user.login': '${login}', 'user.displayName': '${name}', 'user.email': '${mail}' },
        },
      ),
      document('Service', { name: 'people' }, { generator: 'json', requires: ['user.login'] }),
      document(
        'Facility',
        { name: 'hpc' },
        {
          services: { people: {} },
          offers: [{ name: 'main', vo: 'big' }],
          destinations: [{ name: 'd0', services: ['people'], type: 'directory', options: { path: 'hpc/d0' } }],
        },
      ),
    ),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document('Group', { vo: 'big', name: 'all' }, { allowEmpty: true, sync: { source: 'hr', every: 'P1D' } }),
      document('Resource', { vo: 'big', name: 'batch' }, { facility: 'hpc', services: ['people'], groups: ['all'] }),
    ),
  }
}
