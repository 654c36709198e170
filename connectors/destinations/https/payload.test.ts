import { createHmac, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { runProgram } from '../../../test/connectors/run-program.ts'
import { snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Snapshot } from '../../destination.ts'
import { jsonPayload } from './json-payload.ts'
import type { JwsAlgorithm } from './options.ts'
import type { Payload } from './payload.ts'
import { openSigner } from './signature.ts'
import { tarPayload } from './tar-payload.ts'

describe('what is posted', () => {
  const contents = fc.dictionary(
    fc.stringMatching(/^[a-z][a-zA-Z0-9._@+=-]{0,99}(\/[a-z]{1,100}){0,2}$/),
    fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    { maxKeys: 5 },
  )

  it('as JSON has every file as it is, however it is read', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 5 }), async (files, step) => {
        const snapshot = inSteps(snapshotOf({ generation: 7, files }), step)

        const sent: unknown = JSON.parse((await bytesOf(await jsonPayload(snapshot))).toString('utf8'))

        const { facility, service, generation, hash } = snapshot
        expect(sent).toEqual({
          ...{ facility, service, generation, hash },
          files: Object.entries(files).map(([path, content]) => ({ path, ...written(content) })),
        })
      }),
    )
  })

  it('as JSON keeps a byte order mark', async () => {
    const payload = await jsonPayload(snapshotOf({ generation: 1, files: { a: '\ufeffx' } }))

    expect(JSON.parse((await bytesOf(payload)).toString('utf8'))).toMatchObject({
      files: [{ path: 'a', text: '\ufeffx' }],
    })
  })

  it('as an archive has every file as it is, by names of any length', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (files) => {
        const snapshot = snapshotOf({ generation: 7, files })

        const entries = untar(await bytesOf(tarPayload(snapshot)))

        const { facility, service, generation, hash } = snapshot
        const manifest = Buffer.from(JSON.stringify({ facility, service, generation, hash }))
        expect(entries).toEqual([['.guildhall.json', manifest], ...Object.entries(files)])
      }),
    )
  })

  it('as an archive is one that tar reads', async () => {
    const long = `${'a'.repeat(99)}/${'b'.repeat(100)}`
    const archive = await bytesOf(
      tarPayload(snapshotOf({ generation: 7, files: { passwd: 'ada', [long]: 'x'.repeat(1_000) } })),
    )

    const listed = await runProgram('tar', ['--list', '--verbose', '--file=-'], archive.toString('latin1'))

    expect(listed).toMatchObject({ code: 0, complaints: '' })
    expect(
      listed.output
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).filter((_, at) => at === 2 || at === 5)),
    ).toEqual([
      [expect.any(String), '.guildhall.json'],
      ['3', 'passwd'],
      ['1000', long],
    ])
  })
})

describe('the signature', () => {
  const body = Buffer.from('{"a":1}')
  const nowMs = 1_800_000_000_999

  it('by HMAC covers the time and the body', async () => {
    const signer = await openSigner({ kind: 'hmac', secret: 'signing' }, async () => 'hunter2')
    const signature = signer.begin(nowMs)
    for (const byte of body) signature.update(Buffer.of(byte))

    expect(signature.headers()).toEqual({
      'guildhall-timestamp': '1800000000',
      'guildhall-signature': `sha256=${createHmac('sha256', 'hunter2').update('1800000000.{"a":1}').digest('hex')}`,
    })
  })

  it.each<[JwsAlgorithm, KeyKind]>([
    ['ES256', 'P-256'],
    ['RS256', 'RSA'],
    ['PS256', 'RSA'],
  ])('by %s is one that Web Crypto finds right, and not for another body', async (algorithm, kind) => {
    const pem = privateKey(kind)
    const signer = await openSigner({ kind: 'jws', secret: 'key', keyId: '2027', algorithm }, async () => pem)
    const signature = signer.begin(nowMs)
    signature.update(body)
    const [head = '', payload, signed = ''] = (signature.headers()['guildhall-signature'] ?? '').split('.')

    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
      ...{ alg: algorithm, kid: '2027', iat: 1_800_000_000, b64: false, crit: ['b64'] },
    })
    expect(payload).toBe('')
    expect(await isRight({ pem, algorithm, signed, over: `${head}.${body.toString()}` })).toBe(true)
    expect(await isRight({ pem, algorithm, signed, over: `${head}.{"a":2}` })).toBe(false)
  })

  it.each<[string, JwsAlgorithm, string]>([
    ['no key', 'ES256', 'hunter2'],
    ['nothing', 'ES256', ''],
    ['a key of another kind', 'ES256', privateKey('RSA')],
    ['a key of another curve', 'ES256', privateKey('P-384')],
    ['a key of another kind', 'RS256', privateKey('P-256')],
    ['a short key', 'PS256', privateKey('short RSA')],
  ])('cannot be made by %s for %s', async (_name, algorithm, pem) => {
    const opened = openSigner({ kind: 'jws', secret: 'key', keyId: '2027', algorithm }, async () => pem)

    await expect(opened).rejects.toMatchObject({
      code: 'DESTINATION_OPTIONS_INVALID',
      message: expect.stringMatching(/^Cannot use this destination: its sign\.jws\.secret must be (?!.*hunter2)/),
    })
  })
})

type KeyKind = 'P-256' | 'P-384' | 'RSA' | 'short RSA'

function privateKey(kind: KeyKind): string {
  const { privateKey: key } =
    kind === 'P-256' || kind === 'P-384'
      ? generateKeyPairSync('ec', { namedCurve: kind })
      : generateKeyPairSync('rsa', { modulusLength: kind === 'RSA' ? 2048 : 1024 })
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

interface Signed {
  readonly pem: string
  readonly algorithm: JwsAlgorithm
  readonly signed: string
  readonly over: string
}

/** By RFC 7518 as Web Crypto has it. */
async function isRight({ pem, algorithm, signed, over }: Signed): Promise<boolean> {
  const way = {
    ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  }[algorithm]
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  const key = await webcrypto.subtle.importKey('spki', spki, way, false, ['verify'])
  return webcrypto.subtle.verify(way, key, Buffer.from(signed, 'base64url'), Buffer.from(over))
}

async function bytesOf(payload: Payload): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of payload.pieces()) pieces.push(piece)
  return Buffer.concat([...pieces, payload.end])
}

/** The same snapshot, a few bytes at a time. */
function inSteps(snapshot: Snapshot, step: number): Snapshot {
  const read = async function* (path: string): AsyncGenerator<Uint8Array> {
    for await (const piece of snapshot.read(path))
      for (let at = 0; at < piece.length; at += step) yield piece.subarray(at, at + step)
  }
  return { ...snapshot, read }
}

function written(content: Buffer): { readonly text: string } | { readonly base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) }
  } catch {
    return { base64: content.toString('base64') }
  }
}

/** Reads an archive by what POSIX says of the format: blocks of 512 bytes, numbers in octal, `path` of an extended header. */
function untar(archive: Buffer): (readonly [string, Buffer])[] {
  const entries: [string, Buffer][] = []
  let longName: string | undefined
  for (let at = 0; archive.readUInt8(at) !== 0;) {
    const field = (from: number, length: number): string =>
      archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '')
    const head = archive.subarray(at, at + 512)
    const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
    expect([field(257, 6), parseInt(field(148, 8), 8)]).toEqual(['ustar', sum])
    const size = parseInt(field(124, 12), 8)
    const content = archive.subarray(at + 512, at + 512 + size)
    if (field(156, 1) === 'x') longName = /^\d+ path=(.*)\n$/.exec(content.toString())?.[1]
    else {
      entries.push([longName ?? field(0, 100), content])
      longName = undefined
    }
    at += 512 + Math.ceil(size / 512) * 512
  }
  return entries
}
