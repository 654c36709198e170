import { describe, expect, it } from '@jest/globals'
import { examplesOf } from '../../support/how-to.ts'
import { onConfiguration } from './on-database.ts'

/** Ada and linus reach the desk of astro on hpc, which asks for values that make themselves. */
const ground = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: list }
spec: { generator: json, requires: [user-facility.uid, user.shortName, user.mailbox] }
---
apiVersion: guildhall/v1
kind: User
metadata: { name: ada }
spec: { identities: [idp/ada], attributes: { login: ada, displayName: Ada Lovelace } }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: { managers: [{ user: idp/root }], members: [idp/ada, idp/linus], attributes: { shells: [/bin/bash] } }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: desk }
spec: { facility: hpc, services: [list], groups: [members], attributes: { mounts: { home: /home } } }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  services: { list: {} }
  offers: [{ name: main, vo: astro }]
  attributes: { shells: [/bin/bash, /bin/zsh], homeBase: /home }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: facility.homeBase }
spec: { type: string }
`

describe('what the how-to on attributes promises', () => {
  const { guildhall } = onConfiguration(
    [ground, ...examplesOf('declare-attribute'), ...examplesOf('derived-attribute')].join('---\n'),
  )
  const get = async (holder: string, name: string) => (await guildhall(['attribute', 'get', holder, name])).stdout
  const set = async (what: string, by: string) => guildhall(['attribute', 'set', ...what.split(' '), '--as', by])

  it('anybody sets their own, and who has none has the default', async () => {
    expect(await set('user:idp/ada newsletter true', 'idp/ada')).toMatchObject({ exitCode: 0 })

    expect([await get('user:idp/ada', 'newsletter'), await get('user:idp/linus', 'newsletter')]).toEqual([
      'true\n',
      'false\n',
    ])
    expect((await set('user:idp/ada newsletter false', 'idp/linus')).stderr).toContain('only self may write it')
    expect(await get('resource:astro/desk', 'mounts')).toBe('{"home":"/home"}\n')
  })

  it.each([
    ['user.orcid', 'user:idp/ada', 'user:idp/linus'],
    ['user-facility.badge', 'user-facility:hpc/idp/ada', 'user-facility:hpc/idp/linus'],
    ['member.badge', 'member:astro/idp/ada', 'member:astro/idp/linus'],
  ])('%s is unique where it says so', async (name, first, second) => {
    expect(await set(`${first} ${name} 0001`, 'idp/root')).toMatchObject({ stderr: '', exitCode: 0 })

    const { exitCode, stderr } = await set(`${second} ${name} 0001`, 'idp/root')

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('idp/ada')])
  })

  it('values make themselves for whoever reaches a resource, and no two get the same', async () => {
    const made = await Promise.all(
      ['ada', 'linus'].map(async (login) => [
        await get(`user-facility:hpc/idp/${login}`, 'uid'),
        await get(`user:idp/${login}`, 'shortName'),
        await get(`user:idp/${login}`, 'mailbox'),
      ]),
    )

    expect(made.map(([uid]) => uid).sort()).toEqual(['10000\n', '10001\n'])
    expect(made.map(([, ...others]) => others)).toEqual([
      ['alovelace\n', 'alovelace@example.org\n'],
      ['linus\n', 'linus@example.org\n'],
    ])
  })

  it('a member picks what facility and VO allow, and else is told which list lacks it and which has it', async () => {
    const pick = async (shell: string) => set(`member-resource:astro/desk/idp/ada shell ${shell}`, 'idp/ada')

    expect(await pick('/bin/bash')).toMatchObject({ exitCode: 0 })
    expect(await pick('/bin/zsh')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/vo\.shells.*all\.yaml:\d+.*facility\.shells.*all\.yaml:\d+/),
    })
    expect(await get('member-resource:astro/desk/idp/ada', 'shell')).toBe('/bin/bash\n')
  })

  it('what is derived follows from other values, and cannot be set', async () => {
    const home = 'user-facility:hpc/idp/ada'

    expect(await get(home, 'home')).toBe('/home/ada\n')
    expect(await set(`${home} home /tmp`, 'idp/root')).toMatchObject({ exitCode: 1 })
  })
})

describe('what the how-to on rules promises', () => {
  const affiliation = `apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.affiliation }
spec: { type: string }
`
  const { guildhall } = onConfiguration(
    [ground, affiliation, ...declaring(), ...examplesOf('rule-group')].join('---\n'),
  )
  const inStaff = async (): Promise<string[]> => {
    const { stdout } = await guildhall(['members', '--vo', 'astro', '--group', 'staff', '--json'])
    const { members } = JSON.parse(stdout) as { members: { user: string; origins: string[] }[] }
    return members.map(({ user, origins }) => `${user} ${origins.join(' ')}`)
  }

  const become = async (login: string, value: string) =>
    guildhall(['attribute', 'set', `user:idp/${login}`, 'affiliation', value])

  it('whom a value makes it true of is in the group at once, for as long as it does', async () => {
    expect(await inStaff()).toEqual([])

    await become('ada', 'staff')
    await become('linus', 'staff')
    expect(await inStaff()).toEqual(['idp/ada rule', 'idp/linus rule'])
    await become('linus', 'student')

    expect(await inStaff()).toEqual(['idp/ada rule'])
  })

  it('the guard holds what would leave the group empty', async () => {
    expect(await become('ada', 'student')).toMatchObject({ exitCode: 3 })

    expect(await inStaff()).toEqual(['idp/ada rule'])
  })
})

/** The attributes that the ground has values of. */
function declaring(): string[] {
  return examplesOf('declare-attribute').filter((block) => /shells|mounts|uid/.test(block))
}
