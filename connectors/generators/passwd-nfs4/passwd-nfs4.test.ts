import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { principals as hostile } from '../../../test/connectors/corpus.ts'
import {
  anyPrincipals,
  generate,
  goodPrincipals,
  inputOf,
  peopleWith,
  person,
} from '../../../test/connectors/generator-input.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const of = (name: string, uid: JsonValue, ...principals: JsonValue[]) =>
  person(name, { 'user-facility.uid': uid, 'user.kerberosPrincipals': principals })

describe('the passwd-nfs4 generator', () => {
  it('writes a line for every principal and its nfs/ variant', async () => {
    const ada = of('ada', 10001, 'ada@EXAMPLE.ORG', 'ada/admin@EXAMPLE.ORG')
    const grace = person('grace', {
      'user-facility.uid': 10002,
      'user-facility.gid': 20000,
      'user.kerberosPrincipals': ['nfs/grace@EXAMPLE.ORG', 'grace@EXAMPLE.ORG'],
    })
    const without = person('none', { 'user-facility.uid': 10003 })

    expect(await generate(generator, inputOf({ accounts: [grace, ada, without] }))).toEqual({
      files: {
        'passwd-nfs4': `ada/admin@EXAMPLE.ORG:x:10001:10001
ada@EXAMPLE.ORG:x:10001:10001
grace@EXAMPLE.ORG:x:10002:20000
nfs/ada/admin@EXAMPLE.ORG:x:10001:10001
nfs/ada@EXAMPLE.ORG:x:10001:10001
nfs/grace@EXAMPLE.ORG:x:10002:20000
`,
      },
      leftOut: [],
    })
  })

  it('names nobody who is expired or banned', async () => {
    const accounts = [
      { ...of('gone', 10001, 'gone@EXAMPLE.ORG'), status: 'EXPIRED' as const },
      { ...of('banned', 10002, 'banned@EXAMPLE.ORG'), banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: { 'passwd-nfs4': '' }, leftOut: [] })
  })

  it.each([
    ['a uid', of('ada', 10001, 'ada@EXAMPLE.ORG'), of('eve', 10001, 'eve@EXAMPLE.ORG')],
    ['a principal', of('ada', 10001, 'ada@EXAMPLE.ORG'), of('eve', 10002, 'ada@EXAMPLE.ORG')],
    ['an nfs/ variant', of('ada', 10001, 'ada@EXAMPLE.ORG'), of('eve', 10002, 'nfs/ada@EXAMPLE.ORG')],
  ])('leaves out both who share %s', async (_, ada, eve) => {
    const { files, leftOut } = await generate(generator, inputOf({ accounts: [ada, eve] }))

    expect(files).toEqual({ 'passwd-nfs4': '' })
    expect(leftOut.map(({ user }) => user)).toEqual(['idp/ada', 'idp/eve'])
  })

  it.each(hostile)('leaves out whose principal is none ($why)', async ({ principal }) => {
    const accounts = [of('eve', 10001, principal), of('ada', 10002, principal, 'ada@EXAMPLE.ORG')]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files).toEqual({ 'passwd-nfs4': 'ada@EXAMPLE.ORG:x:10002:10002\nnfs/ada@EXAMPLE.ORG:x:10002:10002\n' })
    expect(leftOut).toEqual([{ user: 'idp/eve', reason: expect.stringContaining('user.kerberosPrincipals') }])
  })

  it('whatever principals people have, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const read = parse(files['passwd-nfs4'] ?? '')
        const out = new Set(leftOut.map(({ user }) => user))
        const expected = accounts
          .filter(({ identities: [user = ''], status, banned }) => status === 'VALID' && !banned && !out.has(user))
          .flatMap((account) => {
            const good = goodPrincipals(account)
            const machines = good.map((principal) => `nfs/${principal.replace(/^nfs\//, '')}`)
            return [...new Set([...good, ...machines])].map((principal) => [
              principal,
              account.attributes['user-facility.uid'],
            ])
          })
        expect(new Map(read)).toEqual(new Map(expected.map(([principal, uid]) => [principal, Number(uid)])))
        expect(read).toHaveLength(expected.length)
        expect(read.filter(([, uid]) => uid < 1000)).toEqual([])
      }),
    )
  })
})

/** The principal and the uid of each line. */
function parse(file: string): [string, number][] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const fields = line.split(':')
    expect(fields).toHaveLength(4)
    return [fields[0] ?? '', Number(fields[2])]
  })
}
