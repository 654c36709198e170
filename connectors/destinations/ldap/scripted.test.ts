import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { destinationEnvironment } from '../../../test/connectors/destination-rig.ts'
import {
  element,
  entry,
  message,
  number,
  octets,
  paged,
  result,
  startScriptedLdap,
} from '../../../test/connectors/scripted-ldap.ts'
import type { LdapRequest, Piece, ScriptedLdap } from '../../../test/connectors/scripted-ldap.ts'
import { contextOf, snapshotOf } from '../../../test/connectors/snapshots.ts'
import { startSilentServer } from '../../../test/connectors/silent-server.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Destination } from '../../destination.ts'
import { destinationType } from './index.ts'

const base = 'dc=example,dc=org'
const password = 'the-secret'
const tags = { bind: 0x60, search: 0x63, add: 0x68, modify: 0x66 }

describe('a directory that is written to and says odd things', () => {
  let directory: ScriptedLdap
  beforeAll(async () => {
    directory = await startScriptedLdap()
  })
  afterAll(() => directory.stop())

  function open(port: number, options: JsonObject = {}): Destination {
    return destinationType.create(
      {
        ...{ url: `ldap://127.0.0.1:${port}`, baseDn: base, bindDn: `cn=writer,${base}`, password: { secret: 'bind' } },
        ...{ timeout: 'PT1S', ...options },
      },
      destinationEnvironment({ secret: async () => password }),
    )
  }

  const ldif = `dn: uid=ada,${base}\nobjectClass: account\nuid: ada\n`
  const snapshot = snapshotOf({ generation: 1, files: { 'a.ldif': ldif } })
  const token = JSON.stringify({
    ...{
      facility: 'hpc',
      generation: 1,
      hash: snapshot.hash,
      state: 'done',
      attempt: 'x',
      attributes: [],
      classes: [],
    },
  })

  /** Lets it in, says nothing of a token, and answers the rest by the script. */
  function scripted(script: (request: LdapRequest, searches: number) => readonly Piece[]): void {
    directory.answer((request, searches) => {
      if (request.operation === tags.bind) return [result(request.id, [0x61, 0])]
      return script(request, searches)
    })
  }

  const nothing = (id: number): Buffer => result(id, [0x65, 0], paged())

  it.each<[string, (id: number) => readonly Piece[], string]>([
    ['says nothing', () => [], 'said nothing for 1 s'],
    ['ends the connection', () => ['end'], 'ended before the answer did'],
    ['answers something else', (id) => [result(id, [0x6b, 0])], 'that it was not asked'],
    ['answers to another request', (id) => [result(id + 5, [0x65, 0])], 'that it was not asked'],
    ['answers with something else than LDAP', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'than LDAP'],
    ['gives two entries of one name', (id) => [entry(id, base, {}), entry(id, base, {}), nothing(id)], 'gave several'],
    ['is busy', (id) => [result(id, [0x65, 51])], 'busy'],
    [
      'shows the password',
      (id) => [message(id, element(0x65, number(51, 0x0a), octets(''), octets(`no ${password}`)))],
      '"no …"',
    ],
  ])('where it %s, it is unreachable', async (_, answers, problem) => {
    scripted(({ id }) => answers(id))

    await expect(open(directory.port).deliver(snapshot, contextOf())).rejects.toMatchObject({
      code: 'DESTINATION_UNREACHABLE',
      message: expect.stringContaining(problem),
    })
  })

  it('where it cuts off what is found, nothing is deleted', async () => {
    const mine = { description: ['guildhall:hpc/passwd'], uid: ['bob'] }
    scripted(({ id, operation }, searches) => {
      if (operation !== tags.search) return [result(id, [operation + 1, 0])]
      if (searches === 1) return [nothing(id)]
      if (searches === 2) return [entry(id, `uid=bob,${base}`, mine), result(id, [0x65, 4], paged())]
      return [nothing(id)]
    })

    await expect(open(directory.port).deliver(snapshot, contextOf())).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('sizeLimitExceeded'),
    })
    const goodbye = 0x42
    expect(directory.asked().flatMap(({ operation }) => (operation === goodbye ? [] : operation))).toEqual([
      ...[tags.bind, tags.search, tags.add, tags.search],
    ])
  })

  it('where it takes changes at another server alone, the delivery is refused', async () => {
    scripted(({ id, operation }) => (operation === tags.search ? [nothing(id)] : [result(id, [operation + 1, 10])]))

    await expect(open(directory.port).deliver(snapshot, contextOf())).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('referral'),
    })
  })

  it('what is almost our mark is not ours, and what it gives a part of is not compared', async () => {
    const cut = { description: ['guildhall:hpc/passwd'], 'uid;range=0-1': ['ada'] }
    const almost = { description: ['GUILDHALL:hpc/passwd'], uid: ['bob'] }
    for (const [found, answer] of [
      [cut, { code: 'DELIVERY_REFUSED', message: expect.stringContaining('only some values of uid;range=0-1') }],
      [almost, { counts: { surplus: 0 } }],
    ] as const) {
      scripted(({ id }, searches) => {
        if (searches === 1) return [entry(id, `cn=guildhall-passwd,${base}`, { description: [token] }), nothing(id)]
        return searches === 2 ? [entry(id, `uid=bob,${base}`, found), nothing(id)] : [nothing(id)]
      })

      const seen = await open(directory.port)
        .observe(snapshot, contextOf())
        .catch((error: unknown) => error)

      expect(seen).toMatchObject(answer)
    }
  })

  it.each(['not JSON', '{"generation":1}', '[]'])('a token that is %j is refused, with the way out', async (text) => {
    scripted(({ id }) => [entry(id, `cn=guildhall-passwd,${base}`, { description: [text] }), nothing(id)])

    await expect(open(directory.port).deliver(snapshot, contextOf())).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining('delete it to deliver anew'),
    })
  })

  it('a server that hangs is given up when the time is over', async () => {
    const silent = await startSilentServer()
    const abort = new AbortController()
    const reason = new Error('time is over')

    const delivery = open(silent.port)
      .deliver(snapshot, contextOf({ signal: abort.signal }))
      .catch((error: unknown) => error)
    setImmediate(() => abort.abort(reason))

    expect(await delivery).toBe(reason)
    silent.stop()
  })

  it.each<[string, JsonObject]>([
    ['without encryption to another machine', { url: 'ldap://ldap.example.org' }],
    ['by an address that is none', { url: 'https://ldap.example.org' }],
    ['below a name that is none', { baseDn: 'example' }],
    ['as nobody', { bindDn: null, password: null }],
    ['with a mark that is no attribute', { mark: 'a b' }],
    ['with the object class as its mark', { mark: 'objectClass' }],
    ['in batches of nothing', { batchSize: 0 }],
  ])('%s it is not used', (_, options) => {
    expect(() => open(1, options)).toThrow(expect.objectContaining({ code: 'DESTINATION_OPTIONS_INVALID' }))
  })
})
