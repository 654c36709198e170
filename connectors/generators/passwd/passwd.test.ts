import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.login': 'ada', 'user-facility.uid': 10001, 'user.displayName': 'Ada Lovelace' })
const grace = person('grace', {
  'user.login': 'grace',
  'user-facility.uid': 10002,
  'user-facility.gid': 20000,
  'user.shell': '/bin/zsh',
})

describe('the passwd generator', () => {
  it('writes a line for everybody, sorted by login', async () => {
    const { files, leftOut } = await generate(generator, inputOf({ accounts: [grace, ada] }))

    expect(files).toEqual({
      passwd: 'ada:x:10001:10001:Ada Lovelace:/home/ada:/bin/bash\ngrace:x:10002:20000::/home/grace:/bin/zsh\n',
      shadow: 'ada:*:::::::\ngrace:*:::::::\n',
    })
    expect(leftOut).toEqual([])
  })

  it('sorts a login before one that continues it with a dot or dash', async () => {
    const people = ['a.b', 'a', 'a-b', 'a0'].map((login, index) =>
      person(login, { 'user.login': login, 'user-facility.uid': 10000 + index }),
    )

    const { files } = await generate(generator, inputOf({ accounts: people }))

    expect(files['passwd']?.match(/^[^:]+/gm)).toEqual(['a', 'a-b', 'a.b', 'a0'])
  })

  it('takes home base and shell from the options, and a shell of the facility before all', async () => {
    const options = { homeBase: '/storage/home', defaultShell: '/bin/sh' }
    const linus = person('linus', {
      ...grace.attributes,
      'user.login': 'linus',
      'user-facility.uid': 10003,
      'user-facility.shell': '/bin/fish',
    })

    const { files } = await generate(generator, inputOf({ accounts: [ada, linus], options }))

    expect(files['passwd']).toBe(
      'ada:x:10001:10001:Ada Lovelace:/storage/home/ada:/bin/sh\nlinus:x:10003:20000::/storage/home/linus:/bin/fish\n',
    )
  })

  it.each([
    ['expired', { ...ada, status: 'EXPIRED' as const }],
    ['banned', { ...ada, banned: true }],
  ])('somebody %s keeps a line that lets nobody in', async (_, account) => {
    const { files } = await generate(generator, inputOf({ accounts: [account] }))

    expect(files).toEqual({
      passwd: 'ada:x:10001:10001:Ada Lovelace:/home/ada:/usr/sbin/nologin\n',
      shadow: 'ada:!::::::1:\n',
    })
  })

  it('makes both files where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { passwd: '', shadow: '' }, leftOut: [] })
  })

  it.each(names)('a name stays in its field or its owner is left out ($why)', async ({ text }) => {
    const eve = person('eve', { 'user.login': 'eve', 'user-facility.uid': 10009, 'user.displayName': text })

    const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve] }))

    const isLeftOut = files['passwd'] === ''
    expect(isLeftOut || files['passwd'] === `eve:x:10009:10009:${text}:/home/eve:/bin/bash\n`).toBe(true)
    expect(leftOut).toHaveLength(isLeftOut ? 1 : 0)
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const read = parse(files['passwd'] ?? '')
        const kept = notLeftOut(accounts, leftOut)
        expect(read).toEqual(kept.map(lineOf).sort(byLogin))
        expect(new Set(read.map(({ login }) => login)).size).toBe(read.length)
        expect(new Set(read.map(({ uid }) => uid)).size).toBe(read.length)
        expect(read.filter(({ uid }) => Number(uid) < 1000)).toEqual([])
        expect(parse(files['shadow'] ?? '').map(({ login }) => login)).toEqual(read.map(({ login }) => login))
      }),
    )
  })
})

interface Line {
  readonly login: string
  readonly uid: string
  readonly name: string
  readonly shell: string
}

function parse(file: string): Line[] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [login = '', , uid = '', , name = '', , shell = ''] = line.split(':')
    return { login, uid, name, shell }
  })
}

function lineOf({ attributes, status, banned }: Account): Line {
  const text = (name: string): string => {
    const value = attributes[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const isLocked = status !== 'VALID' || banned
  const shell = isLocked ? '/usr/sbin/nologin' : text('user.shell')
  return { login: text('user.login'), uid: text('user-facility.uid'), name: text('user.displayName'), shell }
}

function byLogin(one: Line, other: Line): number {
  return one.login < other.login ? -1 : 1
}
