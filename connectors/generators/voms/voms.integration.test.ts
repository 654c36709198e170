import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { anyCertificates } from '../../../test/connectors/certificate-people.ts'
import { generate, inputOf } from '../../../test/connectors/generator-input.ts'
import { manyPeople } from '../../../test/connectors/many-people.ts'
import { runProgram } from '../../../test/connectors/run-program.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import { generator } from './index.ts'

const xmllint = '/usr/bin/xmllint'
const withXmllint = hasServer(xmllint) ? describe : describe.skip
/** What Perun writes. */
const layout = `<!ELEMENT vos (vo*)>
<!ELEMENT vo (name, users)>
<!ELEMENT users (user*)>
<!ELEMENT user (CA, DN, email, groups, roles)>
<!ELEMENT groups (group*)>
<!ELEMENT group (name, roles)>
<!ELEMENT roles (role*)>
${['name', 'CA', 'DN', 'email', 'role'].map((name) => `<!ELEMENT ${name} (#PCDATA)>`).join('\n')}
`

withXmllint('users of VOMS in xmllint (needs it: apt-get install libxml2-utils)', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voms-'))
    await writeFile(join(folder, 'voms.dtd'), layout)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const check = (xml: string): ReturnType<typeof runProgram> =>
    runProgram(xmllint, ['--noout', '--dtdvalid', join(folder, 'voms.dtd'), '-'], xml)

  it('are valid, and as many as there are certificates', async () => {
    const members = manyPeople(300, { 'user.certificateDns': anyCertificates })
    const on = [
      {
        vo: 'astro',
        name: 'team',
        attributes: { 'group-resource.vomsGroupName': 'night', 'group-resource.vomsRoles': ['pilot'] },
      },
    ]
    const resources = [{ attributes: { 'resource.vomsRoles': ['reader'] }, groups: on, members }]
    const { files } = await generate(generator, inputOf({ accounts: members, resources, groups: [{ members }] }))
    const xml = files['voms'] ?? ''

    const checked = await check(xml)
    const { output } = await runProgram(
      xmllint,
      ['--xpath', 'concat(count(//DN), " ", count(//group/roles/role), " ", count(//user/roles/role))', '-'],
      xml,
    )

    expect(checked).toEqual({ code: 0, output: '', complaints: '' })
    const users = xml.match(/<user>/g)?.length ?? 0
    expect(output.trim()).toBe(`${users} ${users} ${users}`)
    expect(users).toBeGreaterThan(20)
  })

  it('are refused by the same program in another layout', async () => {
    expect(await check('<vos><vo><users></users></vo></vos>')).toMatchObject({ code: 3 })
  })
})
