import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasApache, prepareApache, type Apache } from '../../../test/connectors/apache.ts'
import { generate, inputOf } from '../../../test/connectors/generator-input.ts'
import { anyAddresses, manyPeople } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const withApache = hasApache ? describe : describe.skip

withApache('rules by principal name in Apache (needs apache2: apt-get install apache2)', () => {
  let apache: Apache
  beforeAll(async () => {
    apache = await prepareApache()
  })
  afterAll(() => apache.remove())

  it('are taken, and let in whoever is listed, by each of their names, and nobody else', async () => {
    const members = manyPeople(300, { 'user.eduPersonPrincipalNames': anyAddresses })
    const resources = [{ attributes: { 'resource.apacheAuthzFile': '/etc/apache2/access/wiki.conf' }, members }]
    const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources }))
    const authz = files['apache-shibboleth/1/authz'] ?? ''
    const lines = authz.split('\n').slice(0, -1)
    const names = lines.flatMap((line) => line.split(' ').slice(2))

    const checked = await apache.check(authz)
    const statuses = await apache.serve(authz, [...names, 'stranger@example.org'], async (statusFor) => ({
      listed: [...new Set(await Promise.all(names.map(statusFor)))],
      other: await statusFor('stranger@example.org'),
    }))

    expect(checked).toEqual({ code: 0, complaints: '' })
    expect(lines).toHaveLength(members.length - leftOut.length)
    expect(lines.length).toBeGreaterThan(20)
    expect(statuses).toEqual({ listed: [200], other: 401 })
  })
})
