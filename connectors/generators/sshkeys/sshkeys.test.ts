import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { logins, names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isSafeFileName } from '../../file-names.ts'
import { generator } from './index.ts'
import { readKey } from './public-key.ts'

const field = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
const encode = (type: string, ...fields: Buffer[]): string =>
  `${type} ${Buffer.concat([Buffer.from(type), ...fields].map(field)).toString('base64')}`
const ed25519 = encode('ssh-ed25519', Buffer.alloc(32, 7))
const rsa = (bits: number): string => {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
  return encode('ssh-rsa', Buffer.from(e, 'base64url'), Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]))
}
const keys = (...list: JsonValue[]): JsonObject => ({ 'user.login': 'ada', 'user.sshKeys': list })

describe('the sshkeys generator', () => {
  it('writes one file a login, with one key a line', async () => {
    const other = encode('ssh-ed25519', Buffer.alloc(32, 8))
    const ada = person('ada', keys(`${ed25519} ada@laptop`, other))
    const grace = person('grace', { 'user.login': 'grace', 'user.sshKeys': [ed25519] })

    expect(await generate(generator, inputOf({ accounts: [ada, grace] }))).toEqual({
      files: { 'authorized_keys/ada': `${ed25519} ada@laptop\n${other}\n`, 'authorized_keys/grace': `${ed25519}\n` },
      leftOut: [],
    })
  })

  it('gives nobody a file who has no key, is expired or banned', async () => {
    const accounts = [
      person('none', { 'user.login': 'none' }),
      person('empty', { 'user.login': 'empty', 'user.sshKeys': [] }),
      person('gone', { ...keys(ed25519), 'user.login': 'gone' }, { status: 'EXPIRED' }),
      person('banned', { ...keys(ed25519), 'user.login': 'banned' }, { banned: true }),
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: {}, leftOut: [] })
  })

  it('keeps the good keys of somebody who also has bad ones, and says when none is good', async () => {
    const ada = person('ada', keys('not a key', ed25519, 42, `${ed25519}\nssh-rsa x`))
    const eve = person('eve', { 'user.login': 'eve', 'user.sshKeys': ['nonsense'] })

    expect(await generate(generator, inputOf({ accounts: [ada, eve] }))).toEqual({
      files: { 'authorized_keys/ada': `${ed25519}\n` },
      leftOut: [{ user: 'idp/eve', reason: 'user.sshKeys holds no well-formed public key' }],
    })
  })

  it('two people who share a login both get no file', async () => {
    const accounts = [person('ada', keys(ed25519)), person('eve', keys(ed25519))]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files).toEqual({})
    expect(leftOut.map(({ user }) => user)).toEqual(['idp/ada', 'idp/eve'])
  })

  it.each(logins)('makes no file of a hostile login ($why)', async ({ login }) => {
    const eve = person('eve', { 'user.login': login, 'user.sshKeys': [ed25519] })

    const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve] }))

    expect(files).toEqual({})
    expect(leftOut).toHaveLength(1)
  })

  it('no name of a file leaves the folder', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (people) => {
        const accounts = people.map((one) => ({ ...one, attributes: { ...one.attributes, 'user.sshKeys': [ed25519] } }))

        const { files } = await generate(generator, inputOf({ accounts }))

        for (const file of Object.keys(files))
          expect(isSafeFileName(file) && file.startsWith('authorized_keys/')).toBe(true)
      }),
    )
  })
})

describe('a public key', () => {
  const key2048 = rsa(2048)

  it.each([
    ['ed25519', ed25519],
    ['RSA', key2048],
    ['ECDSA', encode('ecdsa-sha2-nistp256', Buffer.from('nistp256'), Buffer.alloc(65, 4))],
    ['a security key', encode('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), Buffer.from('ssh:'))],
  ])('of type %s is kept as it is', (_, key) => {
    expect(readKey(key)).toBe(key)
    expect(readKey(`  ${key}\tada  at home \n`)).toBe(`${key} ada at home`)
  })

  it.each([
    'command="/bin/sh",no-pty',
    'from="*.example.org"',
    'no-pty',
    'environment="A=\\"b c\\""',
    'command="echo \\"ssh-ed25519 AAAA\\""',
    'cert-authority,principals="root"',
    `command="${ed25519}"`,
  ])('is refused with the options %s', (options) => {
    expect(readKey(`${options} ${ed25519} ada`)).toBeUndefined()
  })

  it.each([
    ['nothing', ''],
    ['a comment line', `# ${ed25519}`],
    ['a word', 'ssh-ed25519'],
    ['another type', encode('ssh-dss', Buffer.alloc(32))],
    ['an unknown type', encode('ssh-unknown', Buffer.alloc(32))],
    ['a type unlike the one inside', ed25519.replace('ssh-ed25519', 'ssh-rsa')],
    ['too short a key', encode('ssh-ed25519', Buffer.alloc(31))],
    ['a weak RSA key', rsa(1024)],
    ['bytes behind the key', encode('ssh-ed25519', Buffer.alloc(32), Buffer.alloc(1))],
    ['a cut key', ed25519.slice(0, -8)],
    ['base64 of another spelling', ed25519.replace(/.$/, '-')],
    ['an open quote', `command="x ${ed25519}`],
    ['two lines', `${ed25519}\n${ed25519}`],
    ['a carriage return', `${ed25519}\rx`],
    ['NUL', `${ed25519} \u0000`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['a very long line', `${ed25519} ${'x'.repeat(20_000)}`],
  ])('is refused where it is %s', (_, text) => {
    expect(readKey(text)).toBeUndefined()
  })

  it.each(names)('has a comment on its line or is refused ($why)', ({ text }) => {
    const read = readKey(`${ed25519} ${text}`)

    expect(read === undefined || (read.startsWith(ed25519) && !/[\n\r\u0000]/.test(read))).toBe(true)
  })

  it('of random bytes is never taken for a good one', () => {
    for (let round = 0; round < 200; round += 1) {
      expect(readKey(`ssh-ed25519 ${randomBytes(round).toString('base64')}`)).toBeUndefined()
    }
  })
})
