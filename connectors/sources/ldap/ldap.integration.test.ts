import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ldapRig } from '../../../test/connectors/ldap-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import { hasSlapd, startSlapd } from '../../../test/connectors/slapd.ts'
import type { Slapd } from '../../../test/connectors/slapd.ts'
import { openDoor } from '../../../test/connectors/door.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Source, SourceRecord } from '../../source.ts'
import { sourceType } from './index.ts'

const withSlapd = hasSlapd ? describe : describe.skip

withSlapd('an ldap source (needs slapd: apt-get install slapd ldap-utils)', () => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.load(people())
  })
  afterAll(async () => {
    rigged?.close()
    await slapd.remove()
  })

  let rigged: ReturnType<typeof ldapRig> | undefined
  keepsTheSourceContract(() => (rigged ??= ldapRig(sourceType, slapd)).rig)

  function people(): string {
    const teams = ['astro', 'bio', 'referring']
    const units = ['people', 'groups', ...teams.map((team) => `${team},ou=people`)].map(
      (unit) => `dn: ou=${unit},dc=example,dc=org\nobjectClass: organizationalUnit\nou: ${unit.replace(/,.*/, '')}\n\n`,
    )
    const persons = Array.from({ length: 25 }, (_, index) => person(index, teams[index % 2] ?? ''))
    const group = (name: string, members: string): string =>
      `dn: cn=${name},ou=groups,dc=example,dc=org\ncn: ${name}\n${members}\n`
    return [
      ...units,
      ...persons,
      `dn: ou=elsewhere,ou=referring,ou=people,dc=example,dc=org\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://other.example.org/dc=other\n\n`,
      group(
        'readers',
        `objectClass: groupOfNames\nmember: ${dnOf(0)}\nmember: ${dnOf(1).replace('uid=P', 'UID = p')}\n`,
      ),
      group('writers', `objectClass: groupOfNames\nmember: ${dnOf(1)}\n`),
      group('unix', `objectClass: posixGroup\ngidNumber: 7\nmemberUid: P02\nmemberUid: P00\n`),
    ].join('')
  }

  function dnOf(index: number): string {
    return `uid=P${String(index).padStart(2, '0')},ou=${index % 2 === 0 ? 'astro' : 'bio'},ou=people,dc=example,dc=org`
  }

  function person(index: number, team: string): string {
    const uid = `P${String(index).padStart(2, '0')}`
    return `dn: ${dnOf(index)}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: Person ${index}\nsn: ${team}\nmail: ${uid}@example.org\nmail: ${uid}@${team}.example.org\n\n`
  }

  function open(options: JsonObject = {}, secret = slapd.reader.password): Source {
    const environment = sourceEnvironment({
      secret: async () => secret,
      configFile: async () => Buffer.from(slapd.ca),
    })
    return sourceType.create(
      {
        url: slapd.url,
        baseDn: 'ou=people,dc=example,dc=org',
        bindDn: slapd.reader.dn,
        password: { secret: 'bind' },
        attributes: ['UID', 'mail', 'dn'],
        scope: 'sub',
        referrals: 'ignore',
        ...options,
      },
      environment,
    )
  }

  const uids = (records: readonly SourceRecord[]): string[] =>
    records.flatMap(({ fields }) => fields['UID'] ?? []).sort()
  const context = { signal: new AbortController().signal }

  it('gives everybody, with every value, by the names that were asked for', async () => {
    const { records, end } = await readAll(open({ pageSize: 10 }))

    expect(records[3]).toEqual({
      fields: {
        UID: ['P03'],
        mail: ['P03@example.org', 'P03@bio.example.org'],
        dn: ['uid=P03,ou=bio,ou=people,dc=example,dc=org'],
      },
    })
    expect(uids(records)).toEqual(Array.from({ length: 25 }, (_, index) => `P${String(index).padStart(2, '0')}`))
    expect(end).toMatchObject({ complete: true, count: 25 })
  })

  it('asks for one page after the other', async () => {
    await slapd.newLog()
    const pages = open({ pageSize: 10 }).subjects(undefined, context)

    await pages.next()

    expect((await slapd.newLog()).match(/SRCH base/g)).toHaveLength(3)
    await pages.return({ complete: false, count: 0 })
  })

  it.each([
    ['(sn=astro)', 13],
    ['(&(sn=bio)(uid=P0*))', 5],
    ['ou=astro', 13],
    ['uid=P07,ou=bio', 1],
    ['(uid=\\2a)', 0],
  ])('selects by %s', async (select, count) => {
    const { end } = await readAll(open(), select)

    expect(end).toMatchObject({ complete: true, count })
  })

  it.each([
    ['ou=nobody', /answered noSuchObject/],
    ['ou=astro,ou=people,dc=example,dc=org', /answered noSuchObject/],
    ['(sn=astro', /expected "\)" at its end/],
    ['(sn=astro))(|(uid=*)', /expected the end at character 11/],
    ['ou=astro)(uid=*', /noSuchObject/],
    ['astro', /expected "=" at its end/],
    ['', /expected an attribute/],
  ])('refuses to select by %j', async (select, message) => {
    await expect(readAll(open(), select)).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message })
  })

  it.each<[string, JsonObject]>([
    ['ldaps', { url: 'secure', ca: 'ca.pem' }],
    ['StartTLS', { startTls: true, ca: 'ca.pem' }],
  ])('reads by %s', async (_, { url, ...options }) => {
    const source = open({ ...options, ...(url !== undefined && { url: slapd.secureUrl }) })

    await source.check(context)

    expect((await readAll(source)).end).toMatchObject({ complete: true, count: 25 })
  })

  it.each<[string, { readonly options: JsonObject; readonly code: string; readonly message: RegExp }]>([
    [
      'an authority that nobody vouches for',
      { options: { url: 'secure' }, code: 'SOURCE_UNREACHABLE', message: /certificate.* name the authorities/ },
    ],
    [
      'the same with StartTLS',
      { options: { startTls: true }, code: 'SOURCE_UNREACHABLE', message: /certificate.* name the authorities/ },
    ],
    [
      'an account that is not there',
      { options: { bindDn: 'cn=x,dc=example,dc=org' }, code: 'SOURCE_REFUSED', message: /invalidCredentials/ },
    ],
    [
      'a base that is not there',
      { options: { baseDn: 'ou=x,dc=example,dc=org' }, code: 'SOURCE_REFUSED', message: /noSuchObject/ },
    ],
    [
      'a port where nobody listens',
      { options: { url: 'ldap://127.0.0.1:1' }, code: 'SOURCE_UNREACHABLE', message: /ECONNREFUSED/ },
    ],
  ])('%s is told', async (_, { options, code, message }) => {
    const url = options['url'] === 'secure' ? { url: slapd.secureUrl } : {}

    const source = open({ ...options, ...url })

    await expect(source.check(context)).rejects.toMatchObject({ code, message })
    await expect(readAll(source)).rejects.toMatchObject({ code, message })
  })

  it('a wrong password is told, and not shown', async () => {
    const failure = await open({}, 'hunter2')
      .check(context)
      .catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'SOURCE_REFUSED', message: expect.stringContaining('invalidCredentials') })
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2')
  })

  it('an empty password is never sent, since the directory would take it for nobody', async () => {
    await slapd.newLog()

    await expect(open({}, '').check(context)).rejects.toMatchObject({ code: 'SOURCE_OPTIONS_INVALID' })
    // The ends of connections of before may be in it.
    expect(await slapd.newLog()).not.toMatch(/ACCEPT| BIND /)
  })

  it('a part that is on another server makes the read fail, unless that was said to be nothing', async () => {
    const message = /elsewhere, at "ldap:\/\/other.example.org\/dc=other\/*\?*\w*"/

    await expect(readAll(open({ referrals: 'refuse' }))).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message })
    expect((await readAll(open({ referrals: 'ignore' }))).end).toMatchObject({ complete: true, count: 25 })
  })

  it.each([
    ['sizeLimitExceeded', 'olcLimits: {0}users size.soft=5 size.hard=5 size.prtotal=12'],
    ['adminLimitExceeded', 'olcLimits: {0}users size.unchecked=3'],
  ])('a read that ends by %s is no complete one', async (name, limits) => {
    const change = (how: string): string => `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n${how}: olcLimits\n`
    await slapd.configure(`${change('add')}${limits}\n`)

    try {
      await expect(readAll(open({ pageSize: 5 }))).rejects.toMatchObject({
        code: 'SOURCE_REFUSED',
        message: expect.stringContaining(name),
      })
    } finally {
      await slapd.configure(change('delete'))
    }
  })

  it('values that are no text are named, and everything else is read', async () => {
    const photo = Buffer.alloc(10_000_000, 'x').toString('base64')
    await slapd.load(
      `dn: uid=odd,ou=bio,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: odd\ncn: odd\nsn: odd\njpegPhoto:: ${photo}\naudio:: ${Buffer.from('a\0b').toString('base64')}\nuserPKCS12:: /w==\ndescription:: ${Buffer.from('\ufeffá').toString('base64')}\n\n`,
    )

    const { records } = await readAll(open({ attributes: ['*'] }), '(|(uid=odd)(uid=P01))')
    await slapd.change(`dn: uid=odd,ou=bio,ou=people,dc=example,dc=org\nchangetype: delete\n`)

    expect(records).toHaveLength(2)
    expect(records[1]).toEqual({
      fields: {
        objectClass: ['inetOrgPerson'],
        uid: ['odd'],
        cn: ['odd'],
        sn: ['odd'],
        description: ['\ufeffá'],
        dn: ['uid=odd,ou=bio,ou=people,dc=example,dc=org'],
      },
      unreadable: { jpegPhoto: 'too-long', audio: 'nul', userPKCS12: 'not-utf8' },
    })
  })

  it.each<[string, JsonObject, readonly (readonly string[])[]]>([
    ['member', {}, [['readers'], ['readers', 'writers'], []]],
    ['memberUid', { member: 'memberUid', filter: '(objectClass=posixGroup)' }, [['unix'], [], ['unix']]],
  ])('gives people the groups that have them as %s', async (_, groups, expected) => {
    const source = open({ groupsFrom: { baseDn: 'ou=groups,dc=example,dc=org', ...groups } })

    const { records } = await readAll(source, '(|(uid=P00)(uid=P01)(uid=P02))')

    const byUid = new Map(records.map(({ fields }) => [fields['UID']?.[0], fields['groups']]))
    expect(['P00', 'P01', 'P02'].map((uid) => byUid.get(uid))).toEqual(expected)
    expect(Object.keys(records[0]?.fields ?? {})).toEqual(['UID', 'mail', 'dn', 'groups'])
  })

  it('a group without a name takes nobody out of it without a word', async () => {
    const source = open({ groupsFrom: { baseDn: 'ou=groups,dc=example,dc=org', name: 'description' } })

    await expect(readAll(source)).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining('has no description'),
    })
  })

  it('a connection that ends in the middle is an error, and is not opened again', async () => {
    const proxy = await openDoor(() => ({ port: Number(new URL(slapd.url).port), cutAfter: 400 }))
    await slapd.newLog()

    await expect(readAll(open({ pageSize: 5, url: `ldap://127.0.0.1:${proxy.port}` }))).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    })
    proxy.stop()
    const log = await slapd.newLog()
    expect([log.match(/ACCEPT/g)?.length, log.match(/SRCH base/g)?.length]).toEqual([1, 2])
  })

  it('a directory that is away is an error, and there again it is read', async () => {
    await slapd.kill()

    await expect(readAll(open())).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    await slapd.start()
    expect((await readAll(open())).end).toMatchObject({ complete: true, count: 25 })
  })

  it('whoever stops a read gets the reason back', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const pages = open().subjects(undefined, { signal: controller.signal })
    const first = pages.next()
    controller.abort(reason)

    await expect(first).rejects.toBe(reason)
  })
})
