import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyKeys, goodKeysOf } from '../../../test/connectors/any-keys.ts'
import { logins } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { ed25519, encodeKey } from '../../../test/connectors/public-keys.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { isUnixName } from '../../unix-accounts.ts'
import { generator } from './index.ts'

const other = encodeKey('ssh-ed25519', Buffer.alloc(32, 8))
const ada = person('ada', { 'user.sshKeys': [`${other} ada@laptop`, ed25519] })
const grace = person('grace', { 'user.sshKeys': [ed25519] })
const options = { targets: ['deploy', 'www-data', 'root'] }
const choosing = (target: JsonValue) => ({ attributes: { 'resource.sshkeysTargetUser': target } })

describe('the sshkeys-generic generator', () => {
  it('writes the keys of the people of resources into the file of the account that each chose', async () => {
    const resources = [
      { name: 'a', members: [grace] },
      { name: 'b', ...choosing('www-data'), members: [ada] },
      { name: 'c', ...choosing('www-data'), members: [grace, person('none')] },
      {
        name: 'd',
        ...choosing('root'),
        members: [
          { ...ada, status: 'EXPIRED' as const },
          { ...grace, banned: true },
        ],
      },
    ]

    expect(await generate(generator, inputOf({ resources, options }))).toEqual({
      files: {
        'authorized_keys/deploy': `${ed25519}\n`,
        'authorized_keys/root': '',
        'authorized_keys/www-data': `${ed25519}\n${other} ada@laptop\n`,
      },
      leftOut: [],
    })
  })

  it.each([['admin'], ['../root'], [42], [['root']]])(
    'leaves out the people of a resource that chooses %j',
    async (target) => {
      const resources = [{ ...choosing(target), members: [ada] }]

      expect(await generate(generator, inputOf({ resources, options }))).toEqual({
        files: {},
        leftOut: [
          {
            user: 'idp/ada',
            reason:
              "resource astro/cluster: resource.sshkeysTargetUser is none of those that the facility's options allow",
          },
        ],
      })
    },
  )

  it('fails without accounts to choose from', async () => {
    await expect(generate(generator, inputOf({}))).rejects.toMatchObject({ code: 'GENERATOR_OPTIONS_INVALID' })
    await expect(generate(generator, inputOf({ options: { targets: [] } }))).rejects.toMatchObject({
      message: 'Cannot generate sshkeys-generic: option targets must be a list such as ["deploy","www-data"]',
    })
  })

  it.each(logins.filter(({ login }) => !isUnixName(login)))(
    'fails where the facility offers an account with no safe name ($why)',
    async ({ login }) => {
      await expect(generate(generator, inputOf({ options: { targets: [login] } }))).rejects.toMatchObject({
        code: 'GENERATOR_OPTIONS_INVALID',
      })
    },
  )

  it('whatever keys people have, the files read back as the good ones of those with access', async () => {
    const teams = fc.array(fc.tuple(fc.constantFrom(...options.targets), peopleWith({ 'user.sshKeys': anyKeys })), {
      maxLength: 4,
    })

    await fc.assert(
      fc.asyncProperty(teams, async (chosen) => {
        const resources = chosen.map(([target, members], index) => ({
          name: `r${index}`,
          ...choosing(target),
          members,
        }))

        const { files } = await generate(generator, inputOf({ resources, options }))

        const expected = new Map<string, Set<string>>()
        for (const [target, members] of chosen) {
          const keys = expected.get(target) ?? new Set()
          expected.set(target, keys)
          for (const { status, banned, attributes } of members) {
            if (status === 'VALID' && !banned) for (const key of goodKeysOf(attributes['user.sshKeys'])) keys.add(key)
          }
        }
        expect(files).toEqual(
          Object.fromEntries(
            [...expected].map(([target, keys]) => [
              `authorized_keys/${target}`,
              [...keys]
                .sort()
                .map((key) => `${key}\n`)
                .join(''),
            ]),
          ),
        )
      }),
    )
  })
})
