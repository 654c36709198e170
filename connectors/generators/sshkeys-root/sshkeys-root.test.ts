import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyKeys, goodKeysOf } from '../../../test/connectors/any-keys.ts'
import { generate, inputOf, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { ed25519, encodeKey } from '../../../test/connectors/public-keys.ts'
import { generator } from './index.ts'

const other = encodeKey('ssh-ed25519', Buffer.alloc(32, 8))
const ada = person('ada', { 'user.sshKeys': [`${other} ada@laptop`, ed25519] })

describe('the sshkeys-root generator', () => {
  it('writes the keys of everybody once, sorted', async () => {
    const grace = person('grace', { 'user.sshKeys': [ed25519] })

    expect(await generate(generator, inputOf({ accounts: [ada, grace, person('none')] }))).toEqual({
      files: { authorized_keys: `${ed25519}\n${other} ada@laptop\n` },
      leftOut: [],
    })
  })

  it('has no key of who is expired or banned, and a file all the same', async () => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      { ...ada, banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: { authorized_keys: '' }, leftOut: [] })
  })

  it('leaves out whose keys would come with rights of their own', async () => {
    const eve = person('eve', { 'user.sshKeys': [`cert-authority ${ed25519}`, `command="/bin/sh" ${ed25519}`] })

    expect(await generate(generator, inputOf({ accounts: [eve] }))).toEqual({
      files: { authorized_keys: '' },
      leftOut: [{ user: 'idp/eve', reason: 'user.sshKeys holds no well-formed public key' }],
    })
  })

  it('whatever keys people have, the file reads back as the good ones of those with access', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.sshKeys': anyKeys }), async (accounts) => {
        const { files } = await generate(generator, inputOf({ accounts }))

        const active = accounts.filter(({ status, banned }) => status === 'VALID' && !banned)
        const good = new Set(active.flatMap(({ attributes }) => goodKeysOf(attributes['user.sshKeys'])))
        const lines = files['authorized_keys']?.split('\n') ?? []
        expect(lines).toEqual([...[...good].sort(), ''])
      }),
    )
  })
})
