import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isObject } from '../../../schemas/options-schema.ts'
import { names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const of = (uid: number, data: JsonValue, files: JsonValue = {}) =>
  person(`p${uid}`, {
    ...{ 'user-facility.uid': uid, 'user-facility.dataQuotas': data, 'user-facility.fileQuotas': files },
  })

describe('the fs-quotas generator', () => {
  it('writes a line for each place of everybody, by uid and path, in kilobytes', async () => {
    const accounts = [
      of(10_002, { '/scratch': '1T:0', '/home': '10:12G' }, { '/home': '1000:1200' }),
      of(10_001, {}, { '/home': '5:5' }),
      of(10_003, {}),
      { ...of(10_004, { '/home': '1G:1G' }), banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: {
        'fs-quotas': `10001\t0\t0\t5\t5\t/home
10002\t10485760\t12582912\t1000\t1200\t/home
10002\t1073741824\t0\t0\t0\t/scratch
`,
      },
      leftOut: [],
    })
  })

  it.each([
    ['no number', { '/home': 'much:more' }],
    ['one number', { '/home': '10G' }],
    ['three numbers', { '/home': '1:2:3' }],
    ['a soft limit above the hard one', { '/home': '13G:12G' }],
    ['more than can be counted', { '/home': '999999999E:0' }],
    ['a path that leads upwards', { '/home/../etc': '1:2' }],
    ['a list', ['/home']],
  ])('leaves out whoever has %s', async (_, data) => {
    const { files, leftOut } = await generate(generator, inputOf({ accounts: [of(10_001, data)] }))

    expect(files).toEqual({ 'fs-quotas': '' })
    expect(leftOut).toEqual([{ user: 'idp/p10001', reason: expect.stringContaining('user-facility.dataQuotas') }])
  })

  const noPaths = names.filter(({ text }) => !/^(\/\w[\w.-]*)+$/.test(text))
  it.each(noPaths)('a name is no path ($why)', async ({ text }) => {
    const { files, leftOut } = await generate(generator, inputOf({ accounts: [of(10_001, { [text]: '1:2' })] }))

    expect(files).toEqual({ 'fs-quotas': '' })
    expect(leftOut).toHaveLength(1)
  })

  it('leaves out people who share a uid', async () => {
    const accounts = [of(10_001, { '/home': '1:2' }), { ...of(10_001, { '/home': '3:4' }), identities: ['idp/other'] }]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files).toEqual({ 'fs-quotas': '' })
    expect(leftOut.map(({ user }) => user).sort()).toEqual(['idp/other', 'idp/p10001'])
  })

  it('whoever people are, reading the file gives them back, or they are left out', async () => {
    const path = fc.oneof(fc.constantFrom('/home', '/scratch', '/a/b'), fc.string({ unit: 'binary' }))
    const amount = fc.oneof(fc.nat(999_999).map(String), fc.constantFrom('-1', '1.5', 'x', '', '1\n'))
    const quota = fc.tuple(amount, amount).map((pair) => pair.join(':'))
    const people = fc.array(fc.tuple(fc.dictionary(path, quota), fc.boolean()), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(people, async (found) => {
        const accounts = found.map(([files, isBanned], index) => ({
          ...of(10_000 + index, {}, files),
          banned: isBanned,
        }))

        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const out = new Set(leftOut.map(({ user }) => user))
        const kept = accounts.filter(({ banned, identities: [user = ''] }) => !banned && !out.has(user))
        expect(parse(files['fs-quotas'] ?? '')).toEqual(kept.flatMap(expected))
      }),
    )
  })
})

interface Line {
  readonly uid: string
  readonly path: string
  readonly quota: string
}

function parse(file: string): Line[] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [uid = '', , , soft = '', hard = '', path = ''] = line.split('\t')
    return { uid, path, quota: `${soft}:${hard}` }
  })
}

function expected({ attributes }: { readonly attributes: JsonObject }): Line[] {
  const quotas = attributes['user-facility.fileQuotas']
  return (isObject(quotas) ? Object.entries(quotas) : [])
    .map(([path, quota]) => ({ uid: JSON.stringify(attributes['user-facility.uid']), path, quota: numbersOf(quota) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}

function numbersOf(quota: JsonValue): string {
  return typeof quota === 'string' ? quota.split(':').map(Number).join(':') : ''
}
