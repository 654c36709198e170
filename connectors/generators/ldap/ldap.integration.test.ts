import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { hasNslcd, onHostOf } from '../../../test/connectors/nslcd.ts'
import { parseLdif, type ParsedEntry } from '../../../test/connectors/parse-ldif.ts'
import { ed25519 } from '../../../test/connectors/public-keys.ts'
import { hasSlapd, startSlapd } from '../../../test/connectors/slapd.ts'
import type { Slapd } from '../../../test/connectors/slapd.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const withSlapd = hasSlapd ? describe : describe.skip
const withNslcd = hasSlapd && hasNslcd ? it : it.skip

/** As OpenSSH's own documents have it. */
const keySchema = `dn: cn=openssh-lpk,cn=schema,cn=config
changetype: add
objectClass: olcSchemaConfig
cn: openssh-lpk
olcAttributeTypes: ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
olcObjectClasses: ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey $ uid ) )
`

const anyName = fc.oneof(
  fc.constantFrom(...names.map(({ text }) => text)),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('x'.repeat(199), 'ž'.repeat(40), 'x'.repeat(10_000)),
)

interface Sample {
  readonly account: Account
  readonly login: string
  readonly name: string
  readonly shell: string
  readonly uid: number
  readonly gid: number
}

/** Each with a login and a number of their own, and every kind of name. */
function samplePeople(seed: number): Sample[] {
  const values = fc.record({
    name: anyName,
    shell: fc.constantFrom('/bin/bash', '/bin/zsh'),
    phones: fc.array(fc.stringMatching(/^[0-9][0-9 +-]{1,4}$/), { maxLength: 3 }),
    group: fc.constantFrom(20_001, 20_002, undefined),
  })
  return fc.sample(values, { numRuns: 300, seed }).map(({ name, shell, phones, group }, index) => {
    const login = index % 3 === 0 ? `P_${index}` : `p.${index}-x`
    const uid = 100_000 + index
    const attributes = {
      'user.login': login,
      'user.displayName': name,
      'user.email': `p${index}@example.org`,
      'user.shell': shell,
      'user.phones': phones,
      'user.sshKeys': [ed25519],
      'user-facility.uid': uid,
      ...(group === undefined ? {} : { 'user-facility.gid': group }),
    }
    return { account: person(`p${index}`, attributes), login, name, shell, uid, gid: group ?? uid }
  })
}

const teams = Array.from({ length: 12 }, (_, index) => ({
  name: `team${index}`,
  attributes: { 'group.unixGroupName': `unix${index}`, 'group.unixGid': 20_001 + index },
}))

const run = promisify(execFile)

withSlapd('the tree of the ldap generator (needs slapd and nslcd: scripts/install-test-servers.sh)', () => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.configure(keySchema)
  })
  afterAll(async () => slapd.remove())

  async function treeOf(people: readonly Sample[], options: JsonObject) {
    const rosters = teams.map((_, team) => people.filter((__, one) => one % (team + 2) === 0))
    const accountsOf = (samples: readonly Sample[]): Account[] => samples.map(({ account }) => account)
    const groups = teams.map((team, index) => ({ ...team, members: accountsOf(rosters[index] ?? []) }))
    const input = inputOf({
      accounts: accountsOf(people),
      groups,
      options: { baseDn: slapd.baseDn, ...options },
      service: 'tree',
    })
    const { files, leftOut } = await generate(generator, input)
    const out = new Set(leftOut.map(({ user }) => user))
    const isKept = ({ account }: Sample): boolean => !out.has(account.identities[0] ?? '')
    const members = rosters.map((roster) => roster.filter(isKept).map(({ login }) => login))
    return { text: files['tree.ldif'] ?? '', kept: people.filter(isKept), members }
  }

  async function entriesBelow(unit: string): Promise<ParsedEntry[]> {
    const args = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', slapd.url, '-b', `ou=${unit},${slapd.baseDn}`]
    const { stdout } = await run('ldapsearch', args, { maxBuffer: 2 ** 26 })
    return parseLdif(stdout)
  }

  const adding = {
    ldapadd: (ldif: string) => slapd.change(ldif),
    slapadd: (ldif: string) => slapd.load(ldif),
  }
  const attributes = { uid: 'user.login', cn: 'user.displayName', mail: 'user.email', telephoneNumber: 'user.phones' }

  it.each([
    ['ldapadd', { attributes, sshKeys: true, status: 'employeeType' }],
    ['slapadd', { attributes, naming: 'cn', groupClass: 'groupOfNames' }],
  ] as const)('is taken by %s, and every value comes back as it was', async (way, options) => {
    const units = { people: `people-${way}`, groups: `groups-${way}` }
    const { text, kept } = await treeOf(samplePeople(7), { ...options, ...units })

    await adding[way](text)

    const found = [...(await entriesBelow(units.people)), ...(await entriesBelow(units.groups))]
    expect(bySomeValue(found)).toEqual(bySomeValue(parseLdif(text)))
    expect(kept.length).toBeGreaterThan(100)
    expect(found.filter(({ values }) => values['mail'] !== undefined)).toHaveLength(kept.length)
  })

  withNslcd('is what getent and id show of people and groups on a host', async () => {
    const units = { people: 'people-host', groups: 'groups-host' }
    const { text, kept, members } = await treeOf(samplePeople(11), units)
    await slapd.change(text)
    const logins = kept.map(({ login }) => login).join(' ')

    const shown = await onHostOf(
      { url: slapd.url, people: `ou=people-host,${slapd.baseDn}`, groups: `ou=groups-host,${slapd.baseDn}` },
      `getent -s ldap passwd; echo; getent passwd ${logins}; echo; getent -s ldap group; echo; for one in ${logins}; do id "$one"; done`,
    )

    const [listed, asked, groups, ids] = shown
      .split('\n\n')
      .map((part) => part.split('\n').filter((line) => line !== ''))
    expect(asked).toEqual(kept.map(passwdLine))
    expect(listed?.toSorted()).toEqual(kept.map(passwdLine).sort())
    expect(groups?.map(withSortedMembers).sort()).toEqual(
      teams.map((team, index) => groupLine(team, members[index] ?? [])).sort(),
    )
    expect(ids?.map(readId)).toEqual(
      kept.map(({ login, uid, gid }) => {
        const others = teams.filter((_, index) => members[index]?.includes(login)).map(gidOf)
        return { uid: `${uid}(${login})`, gid, groups: [...new Set([gid, ...others])].sort() }
      }),
    )
    expect(kept.length).toBeGreaterThan(200)
  })
})

/** Entries that can be compared: a directory writes names and orders values in its own way. */
function bySomeValue(entries: readonly ParsedEntry[]): unknown[] {
  return entries
    .filter(({ values }) => values['ou'] === undefined)
    .map(({ values }) =>
      Object.entries(values)
        .flatMap(([name, list]) => list.map((value) => `${name}: ${value}`))
        .sort(),
    )
    .sort((one, other) => (one.join('\n') < other.join('\n') ? -1 : 1))
}

/** What a line of passwd cannot show, or the host does not, is not there. */
function passwdLine({ login, uid, gid, name, shell }: Sample): string {
  const isShown = name !== '' && name.length < 200 && !/[:\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u.test(name)
  return `${login}:*:${uid}:${gid}:${isShown ? name : login}:/home/${login}:${shell}`
}

function gidOf({ attributes }: (typeof teams)[number]): number {
  return attributes['group.unixGid']
}

function groupLine(team: (typeof teams)[number], members: readonly string[]): string {
  return `${team.attributes['group.unixGroupName']}:*:${gidOf(team)}:${members.toSorted().join(',')}`
}

/** A directory keeps them in no order. */
function withSortedMembers(line: string): string {
  const at = line.lastIndexOf(':') + 1
  return line.slice(0, at) + line.slice(at).split(',').sort().join(',')
}

/** Of `uid=1(ada) gid=2(astro) groups=2(astro),3(bio)`. */
function readId(line: string): unknown {
  const [, uid, gid, groups = ''] = /^uid=(\S+) gid=(\d+)\S* groups=(\S+)$/.exec(line) ?? []
  const numbers = groups.split(',').map((one) => Number.parseInt(one, 10))
  return { uid, gid: Number(gid), groups: numbers.sort() }
}
