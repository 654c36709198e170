import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasApache, prepareApache, type Apache } from '../../../test/connectors/apache.ts'
import { generate, inputOf } from '../../../test/connectors/generator-input.ts'
import { manyPeople } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const withApache = hasApache ? describe : describe.skip
const attributes = { 'resource.apacheAuthzFile': '/etc/apache2/access/wiki.conf' }

withApache('rules by login in Apache (needs apache2: apt-get install apache2)', () => {
  let apache: Apache
  beforeAll(async () => {
    apache = await prepareApache()
  })
  afterAll(() => apache.remove())

  it('are taken, and let in whoever is listed and nobody else', async () => {
    const members = manyPeople(300, {})
    const { files, leftOut } = await generate(
      generator,
      inputOf({ accounts: members, resources: [{ attributes, members }] }),
    )
    const authz = files['apache-basic-auth/1/authz'] ?? ''
    const logins = authz.trim().split(' ').slice(2)

    const checked = await apache.check(authz)
    const statuses = await apache.serve(authz, [...logins, 'stranger', 'Require', 'user'], async (statusFor) => ({
      listed: [...new Set(await Promise.all(logins.map(statusFor)))],
      others: await Promise.all(['stranger', 'Require', 'user', 'unknown'].map(statusFor)),
    }))

    expect(checked).toEqual({ code: 0, complaints: '' })
    expect(logins).toHaveLength(members.length - leftOut.length)
    expect(logins.length).toBeGreaterThan(20)
    expect(statuses).toEqual({ listed: [200], others: [401, 401, 401, 401] })
  })

  it('let nobody in where there is nobody', async () => {
    const { files } = await generate(generator, inputOf({ resources: [{ attributes }] }))
    const authz = files['apache-basic-auth/1/authz'] ?? ''

    expect(await apache.check(authz)).toEqual({ code: 0, complaints: '' })
    expect(await apache.serve(authz, ['ada'], async (statusFor) => statusFor('ada'))).toBe(403)
  })

  it('are refused by the same program where they are none', async () => {
    expect(await apache.check('Admit user ada\n')).toMatchObject({ code: 1 })
  })
})
