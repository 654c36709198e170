import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseXml } from '../../../test/connectors/parse-xml.ts'
import { anyCertificates, certificatesOf } from '../../../test/connectors/certificate-people.ts'
import { addresses, certificateNames } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ca = '/C=EX/O=Authority/CN=CA 1'
const ada = person('ada', {
  'user.email': 'ada@example.org',
  'user.certificateDns': [`/C=EX/CN=Ada <1> & "co"|${ca}`.replaceAll('"', ''), `/C=EX/CN=Ada 2|${ca}`],
})
const grace = person('grace', { 'user.certificateDns': { '1:/C=EX/CN=Grace': ca } })

interface User {
  readonly dn: string
  readonly email: string
  readonly roles: readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

describe('the voms generator', () => {
  it('writes the users of a VO by their certificates', async () => {
    const resources = [{ attributes: { 'resource.vomsRoles': ['pilot'] }, members: [grace] }]

    expect(await generate(generator, inputOf({ accounts: [grace], resources }))).toEqual({
      files: {
        voms: `<vos>
  <vo>
    <name>astro</name>
    <users>
      <user>
        <CA>/C=EX/O=Authority/CN=CA 1</CA>
        <DN>/C=EX/CN=Grace</DN>
        <email></email>
        <groups></groups>
        <roles>
          <role>pilot</role>
        </roles>
      </user>
    </users>
  </vo>
</vos>
`,
      },
      leftOut: [],
    })
  })

  it('gives groups and roles by what groups have on the resource, and names of VOs by the resource', async () => {
    const onResource = [
      {
        vo: 'astro',
        name: 'night',
        attributes: { 'group-resource.vomsGroupName': 'analysis/night', 'group-resource.vomsRoles': ['b', 'a'] },
      },
      { vo: 'astro', name: 'boss', attributes: { 'group-resource.vomsRoles': ['VO-Admin'] } },
    ]
    const resources = [
      {
        attributes: { 'resource.vomsVoName': 'sky', 'resource.vomsRoles': ['pilot'] },
        members: [ada, grace],
        groups: onResource,
      },
      { name: 'other', attributes: { 'resource.vomsVoName': 'empty' } },
    ]
    const groups = [
      { name: 'night', members: [ada] },
      { name: 'boss', members: [grace] },
      { name: 'elsewhere', members: [ada] },
    ]

    const { files } = await generate(generator, inputOf({ accounts: [ada, grace], resources, groups }))

    expect(usersOf(files['voms'] ?? '')).toEqual({
      empty: [],
      sky: [
        ...['/C=EX/CN=Ada 2', '/C=EX/CN=Ada <1> & co'].map((dn) => ({
          ...{ dn, email: 'ada@example.org', roles: ['pilot'], groups: { 'analysis/night': ['a', 'b'] } },
        })),
        { dn: '/C=EX/CN=Grace', email: '', roles: ['VO-Admin', 'pilot'], groups: {} },
      ],
    })
  })

  it('gives nothing of a group to whoever does not reach the resource that it is on', async () => {
    const on = [{ vo: 'astro', name: 'night', attributes: { 'group-resource.vomsGroupName': 'night' } }]
    const resources = [
      { attributes: { 'resource.vomsVoName': 'sky' }, members: [ada], groups: on },
      { name: 'other', attributes: { 'resource.vomsVoName': 'sky' }, members: [grace], groups: [] },
    ]
    const groups = [{ name: 'night', members: [ada, grace] }]

    const { files } = await generate(generator, inputOf({ accounts: [ada, grace], resources, groups }))

    expect(usersOf(files['voms'] ?? '')['sky']?.map(({ dn, groups: held }) => [dn, Object.keys(held)])).toEqual([
      ['/C=EX/CN=Ada 2', ['night']],
      ['/C=EX/CN=Ada <1> & co', ['night']],
      ['/C=EX/CN=Grace', []],
    ])
  })

  it('makes the file where there is no resource', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { voms: '<vos>\n</vos>\n' }, leftOut: [] })
  })

  it('names nobody who is expired or banned, or has the certificate of somebody else', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      person('eve', { 'user.certificateDns': [`/C=EX/CN=Eve|${ca}`] }, { banned: true }),
      grace,
      person('twin', { 'user.certificateDns': [`/C=EX/CN=GRACE|${ca}`] }),
    ]

    const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources: [{ members }] }))

    expect(usersOf(files['voms'] ?? '')).toEqual({ astro: [] })
    expect(leftOut).toEqual(
      ['idp/grace', 'idp/twin'].map((user) => ({
        ...{ user, reason: 'certificate /c=ex/cn=grace is also that of another person' },
      })),
    )
  })

  it.each([
    [{ 'resource.vomsVoName': '../x' }, 'resource astro/cluster: resource.vomsVoName is not a plain name'],
    [{ 'resource.vomsVoName': '<x/>' }, 'resource astro/cluster: resource.vomsVoName is not a plain name'],
    [{ 'resource.vomsRoles': 'pilot' }, 'resource astro/cluster: resource.vomsRoles is not a list of plain names'],
    [{ 'resource.vomsRoles': ['Role=x'] }, 'resource astro/cluster: resource.vomsRoles is not a list of plain names'],
    [{ 'resource.vomsRoles': ['a\nb'] }, 'resource astro/cluster: resource.vomsRoles is not a list of plain names'],
  ])('makes no VO of %j', async (attributes, reason) => {
    expect(
      await generate(generator, inputOf({ accounts: [ada], resources: [{ attributes, members: [ada] }] })),
    ).toEqual({
      files: { voms: '<vos>\n</vos>\n' },
      leftOut: [{ user: 'idp/ada', reason }],
    })
  })

  it.each([
    [
      { 'group-resource.vomsGroupName': 'a//b' },
      'group astro/team: group-resource.vomsGroupName is not a plain name, or several joined by "/"',
    ],
    [
      { 'group-resource.vomsGroupName': 'a/../b' },
      'group astro/team: group-resource.vomsGroupName is not a plain name, or several joined by "/"',
    ],
    [{ 'group-resource.vomsRoles': [7] }, 'group astro/team: group-resource.vomsRoles is not a list of plain names'],
  ])('gives no group for %j, and says so', async (attributes, reason) => {
    const resources = [{ members: [grace], groups: [{ vo: 'astro', name: 'team', attributes }] }]

    const { files, leftOut } = await generate(
      generator,
      inputOf({ accounts: [grace], resources, groups: [{ members: [grace] }] }),
    )

    expect(usersOf(files['voms'] ?? '')).toEqual({
      astro: [{ dn: '/C=EX/CN=Grace', email: '', roles: [], groups: {} }],
    })
    expect(leftOut).toEqual([{ user: 'idp/grace', reason }])
  })

  it.each(certificateNames)('leaves out whoever has a certificate of another form ($why)', async ({ dn }) => {
    const members = [person('eve', { 'user.certificateDns': { '/C=EX/CN=Fine': dn } })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources: [{ members }] }))

    expect(usersOf(files['voms'] ?? '')).toEqual({ astro: [] })
    expect(leftOut).toHaveLength(1)
  })

  it.each(addresses.filter(({ address }) => address !== ''))(
    'leaves out whoever has an address of another form ($why)',
    async ({ address }) => {
      const members = [person('eve', { ...ada.attributes, 'user.email': address })]

      const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources: [{ members }] }))

      expect(usersOf(files['voms'] ?? '')).toEqual({ astro: [] })
      expect(leftOut).toEqual([{ user: 'idp/eve', reason: 'user.email is not a plain e-mail address' }])
    },
  )

  it('whatever certificates people have, reading the XML gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.certificateDns': anyCertificates }), async (members) => {
        const valid = members.filter(({ status, banned }) => status === 'VALID' && !banned)

        const { files, leftOut } = await generate(generator, inputOf({ accounts: valid, resources: [{ members }] }))

        const kept = notLeftOut(valid, leftOut)
        const read = usersOf(files['voms'] ?? '')['astro'] ?? []
        expect(read.map(({ dn }) => dn)).toEqual(kept.flatMap(certificatesOf).map((text) => text.split('|')[0]))
      }),
    )
  })
})

/** Users by VO, read by a parser of XML that others wrote. */
function usersOf(xml: string): Record<string, User[]> {
  const [vos] = parseXml(xml)
  const entries = (vos?.children ?? []).map((vo): [string, User[]] => [
    vo.textOf('name'),
    vo.within('users').map((user) => ({
      ...{ dn: user.textOf('DN'), email: user.textOf('email'), roles: user.within('roles').map(({ text }) => text) },
      groups: Object.fromEntries(
        user.within('groups').map((group) => [group.textOf('name'), group.within('roles').map(({ text }) => text)]),
      ),
    })),
  ])
  return Object.fromEntries(entries)
}
