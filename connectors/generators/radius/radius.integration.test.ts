import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { hasFreeradius, prepareFreeradius, type Freeradius } from '../../../test/connectors/freeradius.ts'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { manyPeople } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const withFreeradius = hasFreeradius ? describe : describe.skip
const password = 'password'
/** MD4 over the password in UTF-16. */
const hash = '8846f7eaee8fb117ad06bdd830b7586c'

withFreeradius('users in FreeRADIUS (needs freeradius: apt-get install freeradius freeradius-utils)', () => {
  let server: Freeradius
  beforeAll(async () => {
    server = await prepareFreeradius()
  })
  afterAll(() => server.remove())

  it('are taken, and let in where they are listed, and nobody else is', async () => {
    const accounts = manyPeople(300, {
      'user.ntPasswordHash': fc.constant(hash),
      'user-facility.vlan': fc.constantFrom(1, 42, 300, 4094, 0),
    })
    const { files, leftOut } = await generate(generator, inputOf({ accounts }))
    const authorize = files['authorize'] ?? ''
    const logins = [...authorize.matchAll(/^([^\t\n]+)\tNT-Password/gm)].map(([, login = '']) => login)

    const checked = await server.check(authorize)
    const answers = await server.answers(authorize, logins, password)
    const wrong = await server.answers(authorize, logins.slice(0, 5), 'guessed')
    const others = await server.answers(authorize, ['stranger', 'DEFAULT', 'NT-Password'], password)

    expect(checked).toMatchObject({ code: 0, complaints: expect.not.stringContaining('Error') })
    expect(logins).toHaveLength(accounts.length - leftOut.length)
    expect(logins.length).toBeGreaterThan(20)
    expect(answers.filter((answer) => answer.startsWith('Access-Accept'))).toHaveLength(logins.length)
    expect(wrong.map((answer) => answer.slice(0, 13))).toEqual(Array(5).fill('Access-Reject'))
    expect(others.map((answer) => answer.slice(0, 13))).toEqual(Array(3).fill('Access-Reject'))
  })

  it('get their VLAN, or are told why they get none', async () => {
    const attributes = { 'user.ntPasswordHash': hash, 'user-facility.vlan': 42 }
    const accounts = [
      person('ada', { 'user.login': 'ada', ...attributes }),
      person('eve', { 'user.login': 'eve', ...attributes }, { status: 'EXPIRED' }),
    ]
    const { files } = await generate(generator, inputOf({ accounts, options: { realm: 'example.org' } }))

    const [ada = '', eve = ''] = await server.answers(
      files['authorize'] ?? '',
      ['ada@example.org', 'eve@example.org'],
      password,
    )

    expect(ada.match(/^\S+/)).toEqual(expect.arrayContaining(['Access-Accept']))
    expect(ada).toContain('Tunnel-Private-Group-Id:0 = "42"')
    expect(eve).toContain('Reply-Message = "The membership has expired"')
    expect(eve).not.toContain('Tunnel')
  })

  it('are refused by the same program where an entry is broken', async () => {
    expect(await server.check('ada\tNonsense := 1\n')).toMatchObject({ code: 1 })
  })
})
