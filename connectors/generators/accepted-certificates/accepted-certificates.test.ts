import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyCertificates, certificatesOf } from '../../../test/connectors/certificate-people.ts'
import { certificateNames } from '../../../test/connectors/corpus.ts'
import {
  generate,
  inputOf,
  notLeftOut,
  peopleWith,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ada = person('ada', {
  'user.certificateDns': ['/C=EX/CN=Ada 2|/C=EX/CN=CA', '/C=EX/CN=Ada 1|/C=EX/CN=CA', '/C=EX/CN=Ada 1|/C=EX/CN=CA'],
})
const grace = person('grace', { 'user.certificateDns': { '/C=EX/CN=Grace': '/C=EX/CN=CA' } })

describe('the accepted-certificates generator', () => {
  it('writes subject and issuer of each certificate, sorted', async () => {
    expect(await generate(generator, inputOf({ accounts: [grace, ada] }))).toEqual({
      files: {
        'accepted-certificates':
          '/C=EX/CN=Ada 1\t/C=EX/CN=CA\n/C=EX/CN=Ada 2\t/C=EX/CN=CA\n/C=EX/CN=Grace\t/C=EX/CN=CA\n',
      },
      leftOut: [],
    })
  })

  it('makes the file where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { 'accepted-certificates': '' }, leftOut: [] })
  })

  it('names nobody who is expired or banned, without a word', async () => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    expect((await generate(generator, inputOf({ accounts }))).files).toEqual({ 'accepted-certificates': '' })
  })

  it('accepts the certificate of neither of two people who have the same', async () => {
    const twin = person('twin', { 'user.certificateDns': ['/C=EX/CN=GRACE|/C=EX/CN=Other CA'] })

    const { files, leftOut } = await generate(generator, inputOf({ accounts: [grace, twin] }))

    expect(files).toEqual({ 'accepted-certificates': '' })
    expect(leftOut.map(({ user }) => user)).toEqual(['idp/grace', 'idp/twin'])
  })

  it('leaves out whoever has a certificate without its issuer', async () => {
    const eve = person('eve', { 'user.certificateDns': ['/C=EX/CN=Eve 1|/C=EX/CN=CA', '/C=EX/CN=Eve 2'] })

    expect(await generate(generator, inputOf({ accounts: [eve] }))).toEqual({
      files: { 'accepted-certificates': '' },
      leftOut: [{ user: 'idp/eve', reason: 'user.certificateDns holds a certificate without its issuer' }],
    })
  })

  it.each(certificateNames)('leaves out whoever has a certificate of another form ($why)', async ({ dn }) => {
    const accounts = [person('eve', { 'user.certificateDns': { '/C=EX/CN=Fine': dn } })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files).toEqual({ 'accepted-certificates': '' })
    expect(leftOut).toHaveLength(1)
  })

  it('whatever certificates people have, the lines are theirs, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.certificateDns': anyCertificates }), async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const kept = notLeftOut(withAccess(accounts), leftOut)
        const lines = kept.flatMap(certificatesOf).map((text) => text.replace('|', '\t'))
        expect(files['accepted-certificates']?.split('\n').slice(0, -1)).toEqual(lines.sort())
      }),
    )
  })
})
