import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyCertificates, certificatesOf } from '../../../test/connectors/certificate-people.ts'
import { certificateNames, logins } from '../../../test/connectors/corpus.ts'
import {
  generate,
  inputOf,
  notLeftOut,
  peopleWith,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import { textOf } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const ada = person('ada', {
  'user.login': 'ada',
  'user.certificateDns': ['/C=EX/O=Lab/CN=Ada Lovelace|/C=EX/CN=CA', String.raw`/C=EX/CN=Ad\xC3\xA1`],
})
const grace = person('grace', {
  'user.login': 'grace',
  'user.certificateDns': { '1:/C=EX/CN=Grace': '/C=EX/CN=CA', '2:/C=EX/CN=Grace': '/C=EX/CN=CA 2' },
})

describe('the grid-mapfile generator', () => {
  it('writes a line for each certificate, whoever its issuer is', async () => {
    expect(await generate(generator, inputOf({ accounts: [grace, ada] }))).toEqual({
      files: {
        'grid-mapfile': '"/C=EX/CN=Ad\\xC3\\xA1" ada\n"/C=EX/CN=Grace" grace\n"/C=EX/O=Lab/CN=Ada Lovelace" ada\n',
      },
      leftOut: [],
    })
  })

  it('makes the file where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { 'grid-mapfile': '' }, leftOut: [] })
  })

  it('names nobody who is expired or banned, without a word', async () => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: { 'grid-mapfile': '' }, leftOut: [] })
  })

  it.each([
    [
      'certificate',
      { 'user.login': 'eve', 'user.certificateDns': ['/c=ex/o=lab/cn=ada  lovelace'] },
      '/c=ex/o=lab/cn=ada lovelace',
    ],
    ['login', { 'user.login': 'ada', 'user.certificateDns': ['/C=EX/CN=Eve'] }, 'ada'],
  ])('names neither of two people who share a %s', async (what, attributes, value) => {
    const accounts = [ada, grace, person('eve', attributes)]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { 'grid-mapfile': '"/C=EX/CN=Grace" grace\n' },
      leftOut: [
        { user: 'idp/ada', reason: `its ${what} ${value} is also that of idp/eve` },
        { user: 'idp/eve', reason: `its ${what} ${value} is also that of idp/ada` },
      ],
    })
  })

  it('says who has no certificate', async () => {
    const accounts = [person('eve', { 'user.login': 'eve', 'user.certificateDns': [] })]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { 'grid-mapfile': '' },
      leftOut: [{ user: 'idp/eve', reason: 'user.certificateDns is missing' }],
    })
  })

  it.each(certificateNames)('leaves out whoever has a certificate of another form ($why)', async ({ dn }) => {
    const accounts = [
      person('eve', { 'user.login': 'eve', 'user.certificateDns': ['/C=EX/CN=Fine', dn] }),
      person('mallory', { 'user.login': 'mallory', 'user.certificateDns': { '/C=EX/CN=Fine too': dn } }),
    ]

    const reason = 'user.certificateDns holds no names such as "/C=EX/O=Lab/CN=Ada" alone'
    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { 'grid-mapfile': '' },
      leftOut: [
        { user: 'idp/eve', reason },
        { user: 'idp/mallory', reason },
      ],
    })
  })

  it.each(logins)('leads no certificate to an account of an unsafe name ($why)', async ({ login }) => {
    const accounts = [person('eve', { ...ada.attributes, 'user.login': login })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files).toEqual({ 'grid-mapfile': '' })
    expect(leftOut).toHaveLength(1)
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.certificateDns': anyCertificates }), async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const kept = notLeftOut(withAccess(accounts), leftOut)
        const pairs = kept.flatMap((one) =>
          [...new Set(certificatesOf(one).map((text) => text.split('|')[0]))].map(
            (subject) => `${subject ?? ''}|${textOf(one, 'user.login')}`,
          ),
        )
        const read = parse(files['grid-mapfile'] ?? '')
        expect(read.map((pair) => pair.join('|')).sort()).toEqual(pairs.sort())
        expect(new Set(read.map(([subject]) => subject)).size).toBe(read.length)
      }),
    )
  })
})

/** As the grid-mapfile of Globus is told: a subject in quotes, where a backslash escapes, and the account. */
function parse(file: string): (readonly [subject: string, login: string])[] {
  return file
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, subject = '', login = ''] = /^"((?:[^"\\]|\\x[0-9A-Fa-f]{2}|\\["\\])+)" ([^ ,]+)$/.exec(line) ?? []
      return [subject, login]
    })
}
