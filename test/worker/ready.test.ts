import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../worker/config.ts'
import { greeting, readyLine } from '../../worker/ready.ts'
import { readTypedLine } from '../cli/typed-line.ts'

const endpoints = {
  ...{ api: 'http://127.0.0.1:8080', temporal: '127.0.0.1:7233', temporalUi: 'http://127.0.0.1:8233' },
  database: 'postgres://guildhall:very-secret@127.0.0.1:5432/guildhall',
  ...{ configRepo: '/srv/our hall/config-repo', instance: 'guildhall', namespace: 'default', pids: { worker: 7 } },
}
const run = { commit: 'c0ffee00c0ffee00', outcome: 'applied', errors: [] }

const configIn = (home: string) => readConfig({ GUILDHALL_MODE: 'dev', GUILDHALL_HOME: home }, process.cwd())

describe('what is printed when everything runs', () => {
  it.each([
    ['.guildhall', undefined],
    ["/srv/our hall/it's", "/srv/our hall/it's"],
  ])('in %s, its commands work as they are typed', async (home, named) => {
    const lines = greeting({ endpoints, config: configIn(home), run }).split('\n')

    const commands = lines.map((line) => line.trim()).filter((line) => line.startsWith('npx '))

    expect(await Promise.all(commands.map(readTypedLine))).toEqual([
      { command: 'status', home: named },
      { command: 'deliveries', home: named },
    ])
    expect(lines).toContain("  git -C '/srv/our hall/config-repo' commit -am change")
  })

  it('for a program, it is one line of JSON without the password of the database', () => {
    const line = readyLine({ endpoints, config: configIn('/srv/hall'), run })

    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toEqual({
      ...{ ...endpoints, database: undefined },
      ...{ home: '/srv/hall', out: join('/srv/hall', 'out'), firstRun: run },
    })
  })
})
