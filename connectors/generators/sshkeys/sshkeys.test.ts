import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { ed25519, encodeKey, rsaKey } from '../../../test/connectors/public-keys.ts'
import { readKey } from '../../../core/attributes/public-key.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isSafeFileName } from '../../file-names.ts'
import { generator } from './index.ts'

const keys = (...list: JsonValue[]): JsonObject => ({ 'user.login': 'ada', 'user.sshKeys': list })

describe('the sshkeys generator', () => {
  it('writes one file a login, with one key a line', async () => {
    const other = encodeKey('ssh-ed25519', Buffer.alloc(32, 8))
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
  const key2048 = rsaKey(2048)

  it.each([
    ['ed25519', ed25519],
    ['RSA', key2048],
    ['ECDSA', encodeKey('ecdsa-sha2-nistp256', Buffer.from('nistp256'), Buffer.alloc(65, 4))],
    ['a security key', encodeKey('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), Buffer.from('ssh:'))],
  ])('of type %s is kept as it is', (_, key) => {
    expect(readKey(key)).toBe(key)
    expect(readKey(`  ${key}\tada  at home \n`)).toBe(`${key} ada at home`)
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
