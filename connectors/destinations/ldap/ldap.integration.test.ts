import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Client } from 'ldapts'
import { names } from '../../../test/connectors/corpus.ts'
import { ldapRecordsRig } from '../../../test/connectors/ldap-records-rig.ts'
import type { LdapRecordsRig } from '../../../test/connectors/ldap-records-rig.ts'
import { keepsTheRecordsContract } from '../../../test/connectors/records-contract.ts'
import { hasSlapd, startSlapd } from '../../../test/connectors/slapd.ts'
import type { Slapd } from '../../../test/connectors/slapd.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Snapshot } from '../../destination.ts'
import { escapeDnValue } from '../../ldap/escape.ts'
import { ldifEntry } from '../../ldap/ldif.ts'
import { destinationType } from './index.ts'

const withSlapd = hasSlapd ? describe : describe.skip

withSlapd('an ldap destination (needs slapd: apt-get install slapd ldap-utils)', () => {
  let slapd: Slapd
  let units = 0
  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.allow(`to * by dn.exact="${slapd.reader.dn}" write by * read`)
  })
  afterAll(() => slapd.remove())

  const rig = async (): Promise<LdapRecordsRig> => ldapRecordsRig(destinationType, slapd, `place${(units += 1)}`)
  keepsTheRecordsContract(rig)

  type Entry = readonly [dn: string, values: Readonly<Record<string, string | readonly string[]>>]

  function snapshotWith(generation: number, entries: readonly Entry[]): Snapshot {
    const text = entries.map(([dn, values]) =>
      ldifEntry(
        dn,
        Object.entries(values).flatMap(([name, those]) => [those].flat().map((value) => [name, value] as const)),
      ),
    )
    return snapshotOf({ generation, files: { 'tree.ldif': text.join('') } })
  }

  async function read(dn: string, ...attributes: readonly string[]): Promise<Record<string, unknown>> {
    const client = new Client({ url: slapd.url })
    await client.bind(slapd.reader.dn, slapd.reader.password)
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: [...attributes] })
    await client.unbind()
    return Object.fromEntries(Object.entries(searchEntries[0] ?? {}).filter(([name]) => name !== 'dn'))
  }

  async function octetsOf(dn: string, attributes: readonly string[]): Promise<string[]> {
    const client = new Client({ url: slapd.url })
    await client.bind(slapd.reader.dn, slapd.reader.password)
    const filter = '(objectClass=inetOrgPerson)'
    const { searchEntries } = await client.search(dn, {
      ...{ filter, attributes: [...attributes], explicitBufferAttributes: [...attributes], paged: true },
    })
    await client.unbind()
    return searchEntries
      .flatMap((found) => attributes.flatMap((name) => [found[name] ?? []].flat()))
      .map((value) => Buffer.from(value).toString('base64'))
      .sort()
  }

  const person = (dn: string, values: Entry[1] = {}): Entry => [
    dn,
    { objectClass: ['inetOrgPerson'], cn: 'x', sn: 'x', ...values },
  ]

  it('makes a tree from the top, and takes it away from the bottom', async () => {
    const { baseDn, destination } = await rig()
    const unit = (dn: string): Entry => [dn, { objectClass: 'organizationalUnit' }]
    const tree = [unit(`ou=a,${baseDn}`), unit(`ou=b,ou=a,${baseDn}`), person(`uid=ada,ou=b,ou=a,${baseDn}`)]
    const elsewhere = [unit(`ou=c,${baseDn}`)]

    await destination.deliver(snapshotWith(1, tree), contextOf())
    const made = await read(`uid=ada,ou=b,ou=a,${baseDn}`, 'uid', 'description')
    await destination.deliver(snapshotWith(2, elsewhere), contextOf())

    expect(made).toEqual({ uid: 'ada', description: 'guildhall:hpc/passwd' })
    expect(await destination.observe(snapshotWith(2, elsewhere), contextOf())).toMatchObject({ same: 1, drifts: [] })
    await expect(read(`ou=a,${baseDn}`)).rejects.toThrow()
  })

  it('an attribute that is dropped goes, also from everybody; one that others added stays, with its object class', async () => {
    const { baseDn, destination } = await rig()
    const dn = `uid=ada,${baseDn}`
    const classes = ['inetOrgPerson', 'posixAccount']
    const account = { uidNumber: '10001', gidNumber: '10001', homeDirectory: '/home/ada' }
    await destination.deliver(
      snapshotWith(1, [person(dn, { objectClass: classes, ...account, mail: ['ada@a', 'ada@b'], title: 'Dr' })]),
      contextOf(),
    )
    await slapd.change(
      `dn: ${dn}\nchangetype: modify\nadd: objectClass\nobjectClass: extensibleObject\n-\nadd: drink\ndrink: tea\n-\nadd: description\ndescription: by hand\n`,
    )

    await destination.deliver(snapshotWith(2, [person(dn, { mail: 'ADA@a' })]), contextOf())

    expect(await read(dn)).toEqual({
      ...{ objectClass: ['inetOrgPerson', 'extensibleObject'], uid: 'ada', cn: 'x', sn: 'x', mail: 'ADA@a' },
      ...{ drink: 'tea', description: ['guildhall:hpc/passwd', 'by hand'] },
    })
    expect(await destination.deliver(snapshotWith(2, [person(dn, { mail: 'ADA@a' })]), contextOf())).toMatchObject({
      changed: false,
    })
  })

  it('a description of the entry itself stands beside the mark', async () => {
    const { baseDn, destination } = await rig()
    const dn = `uid=ada,${baseDn}`

    await destination.deliver(snapshotWith(1, [person(dn, { description: ['one', 'two'] })]), contextOf())
    await destination.deliver(snapshotWith(2, [person(dn, { description: ['two', 'three'] })]), contextOf())

    expect(await read(dn, 'description')).toEqual({ description: ['two', 'guildhall:hpc/passwd', 'three'] })
  })

  it('names are compared as the directory writes them, and values to the byte', async () => {
    const { baseDn, destination } = await rig()
    const odd = `cn=Lovelace\\, Ada \\+ co,${baseDn}`
    const group: Entry = [
      `cn=all,${baseDn}`,
      { objectClass: 'groupOfNames', cn: 'all', member: [odd, `UID = bob , ${baseDn}`] },
    ]
    const entries = [person(odd, { cn: 'Lovelace, Ada + co' }), person(`uid=bob,${baseDn}`), group]

    await destination.deliver(snapshotWith(1, entries), contextOf())
    const other = [person(odd, { cn: 'LOVELACE, Ada + co' }), person(`UID=bob, ${baseDn}`), group]
    const receipt = await destination.deliver(snapshotWith(2, entries), contextOf())
    await slapd.newLog()
    await destination.deliver(snapshotWith(3, other), contextOf())

    expect(receipt.generation).toBe(2)
    expect([...(await slapd.newLog()).matchAll(/ (ADD|MOD|DEL) dn="(?:cn|uid)=(?!guildhall)/gi)]).toHaveLength(1)
    expect(await read(odd, 'cn')).toEqual({ cn: 'LOVELACE, Ada + co' })
  })

  it.each([
    ['above the base', (base: string) => base.replace(/^[^,]*,/, 'uid=ada,')],
    ['the base itself', (base: string) => base],
    ['the token', (base: string) => `CN=guildhall-passwd,${base}`],
    ['no name', () => 'ada'],
  ])('an entry that is %s is refused before anything is written', async (_, dnOf) => {
    const { baseDn, destination, there } = await rig()
    const entries = [person(`uid=bob,${baseDn}`), person(dnOf(baseDn))]

    const delivery = destination.deliver(snapshotWith(1, entries), contextOf())

    await expect(delivery).rejects.toMatchObject({ code: 'DELIVERY_REFUSED', facts: { file: 'tree.ldif' } })
    expect(await there()).toEqual({})
  })

  it('two entries of one name, changes, and a service without LDIF are refused before anything is written', async () => {
    const { baseDn, destination, there } = await rig()
    const dn = `uid=ada,${baseDn}`
    const refused = [
      snapshotWith(1, [person(dn), person(`UID=ADA, ${baseDn}`)]),
      snapshotOf({ generation: 1, files: { 'a.ldif': `dn: ${dn}\nchangetype: delete\n` } }),
      snapshotOf({ generation: 1, files: { passwd: 'ada:x\n' } }),
    ]

    for (const snapshot of refused)
      await expect(destination.deliver(snapshot, contextOf())).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })

    expect(await there()).toEqual({})
  })

  it('a delivery held up among its writes while a newer one came writes no more', async () => {
    const { baseDn, open, there } = await rig()
    const destination = open({ batchSize: 10 })
    const people = (count: number, cn: string): readonly Entry[] =>
      Array.from({ length: count }, (_, index) => person(`uid=p${index},${baseDn}`, { cn }))
    const snapshot = snapshotWith(1, people(500, 'old'))
    let reads = 0
    let resume: () => void = () => undefined
    let isHeld: () => void = () => undefined
    const held = new Promise<void>((resolve) => (isHeld = resolve))
    const gate = new Promise<void>((resolve) => (resume = resolve))
    const slow: Snapshot = {
      ...snapshot,
      async *read(path) {
        reads += 1
        let isFirst = true
        for await (const chunk of snapshot.read(path)) {
          yield chunk.subarray(0, 20_000)
          if (reads === 2 && isFirst) {
            isHeld()
            await gate
          }
          isFirst = false
          yield chunk.subarray(20_000)
        }
      },
    }
    const older = destination.deliver(slow, contextOf()).then(String, (error: unknown) => error)
    await held
    const before = Object.keys(await there()).length

    await destination.deliver(snapshotWith(2, people(3, 'new')), contextOf())
    resume()

    expect(before).toBeGreaterThan(50)
    expect(await older).toMatchObject({ code: 'FENCED', message: expect.stringContaining('generation 2 is there') })
    expect(await there()).toEqual({ p0: 'new', p1: 'new', p2: 'new' })
  })

  it('what is in the way of an entry until something else is gone is put there after it', async () => {
    const { baseDn, destination, there } = await rig()
    const unit: Entry = [`ou=ada,${baseDn}`, { objectClass: 'organizationalUnit' }]
    await destination.deliver(snapshotWith(1, [unit, person(`uid=ada,ou=ada,${baseDn}`)]), contextOf())
    await slapd.change(`dn: uid=eve,ou=ada,${baseDn}\nobjectClass: inetOrgPerson\nuid: eve\ncn: x\nsn: x\n`)

    const delivery = destination.deliver(snapshotWith(2, [person(`uid=bob,${baseDn}`)]), contextOf())

    await expect(delivery).rejects.toMatchObject({ message: expect.stringContaining('notAllowedOnNonLeaf') })
    expect(await there()).toEqual({ bob: 'x' })
    expect(await read(`uid=eve,ou=ada,${baseDn}`, 'uid')).toEqual({ uid: 'eve' })
  })

  it('a name that is too long for the directory keeps back no other', async () => {
    const { baseDn, destination, there } = await rig()
    const snapshot = snapshotWith(1, [person(`uid=${'x'.repeat(5_000)},${baseDn}`), person(`uid=bob,${baseDn}`)])

    const delivery = destination.deliver(snapshot, contextOf())

    await expect(delivery).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringMatching(/^.{1,600}$/),
    })
    expect(await there()).toEqual({ bob: 'x' })
  })

  it('10,000 hostile names are there to the byte, and stay as they are', async () => {
    const { baseDn, destination, writes } = await rig()
    const random = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), 10_000)
    const hostile = names.map(({ text }) => text.slice(0, 200))
    // Halves of characters are none in UTF-8, and no directory takes a NUL in a name.
    const texts = [...hostile, ...random].map(
      (text, index) => `${index} ${Buffer.from(text).toString('utf8').replaceAll('\0', '')}.`,
    )
    const snapshot = snapshotWith(
      1,
      texts.map((cn) => person(`cn=${escapeDnValue(cn)},${baseDn}`, { cn, sn: cn })),
    )

    await destination.deliver(snapshot, contextOf())
    await writes()
    const again = await destination.deliver(snapshot, contextOf())

    expect(again.changed).toBe(false)
    expect(await writes()).toBe(0)
    expect(await octetsOf(baseDn, ['cn', 'sn'])).toEqual(
      texts.flatMap((text) => [Buffer.from(text), Buffer.from(text)].map((bytes) => bytes.toString('base64'))).sort(),
    )
  }, 120_000)

  it('of a group of 50,000 members one is exchanged by naming it alone', async () => {
    const { baseDn, destination } = await rig()
    const dn = `cn=all,${baseDn}`
    const group = (last: string): readonly Entry[] => {
      const member = Array.from({ length: 50_000 }, (_, index) => `uid=p${index},ou=people,${baseDn}`)
      return [[dn, { objectClass: 'groupOfNames', cn: 'all', member: [...member.slice(1), `uid=${last},${baseDn}`] }]]
    }
    await destination.deliver(snapshotWith(1, group('ada')), contextOf())
    await slapd.newLog()

    await destination.deliver(snapshotWith(2, group('bob')), contextOf())

    expect(await slapd.newLog()).toContain('MOD attr=member member\n')
    const { member } = await read(dn, 'member')
    expect(member).toHaveLength(50_000)
    expect(member).toContain(`uid=bob,${baseDn}`)
  })

  it.each([
    ['over TLS', () => ({ url: slapd.secureUrl, ca: 'ca.pem' })],
    ['after StartTLS', () => ({ url: slapd.url.replace('127.0.0.1', 'localhost'), startTls: true, ca: 'ca.pem' })],
  ])('is reached %s', async (_, options) => {
    const { open, files, there } = await rig()
    const destination = open(options())

    await destination.check(contextOf())
    await destination.deliver(snapshotOf({ generation: 1, files: files({ ada: 'Ada' }) }), contextOf())

    expect(await there()).toEqual({ ada: 'Ada' })
  })

  it('a check says what is wrong: the password, the base, the right to write', async () => {
    const { baseDn, open } = await rig()
    await slapd.change(
      `dn: cn=guest,${baseDn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: guest\nuserPassword: guest\n`,
    )

    const wrong = open({}, 'hunter2').check(contextOf())
    await expect(wrong).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringMatching(/^(?!.*hunter2).*invalidCredentials/),
    })
    await expect(open({ baseDn: `ou=none,${baseDn}` }).check(contextOf())).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('the baseDn is not there'),
    })
    await expect(open({ bindDn: `cn=guest,${baseDn}` }, 'guest').check(contextOf())).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('let the account write'),
    })
  })
})
