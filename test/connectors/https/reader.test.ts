import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { textBody } from '../../../connectors/https/request-body.ts'
import { hasOpenssl } from '../certificates.ts'
import { answerJson, startWebServer } from '../https-server.ts'
import type { Answering } from '../https-server.ts'
import { csv, startReaderRig } from './rig.ts'
import type { ReaderRig } from './rig.ts'

const withOpenssl = hasOpenssl ? describe : describe.skip

withOpenssl('an https reader (needs openssl: apt-get install openssl)', () => {
  let rig: ReaderRig
  beforeAll(async () => {
    rig = await startReaderRig()
  })
  afterAll(() => rig.stop())

  it('gives the bytes and their type, and keeps its connection for the next request', async () => {
    rig.server.answer((_request, response) => response.writeHead(200, csv).end('id\nada\n'))
    const by = rig.reader()
    const before = rig.server.connections()

    expect([await rig.read({ by }), await rig.read({ by })]).toEqual(['id\nada\n', 'id\nada\n'])
    expect(rig.server.connections()).toBe(before + 1)
  })

  it('asks again where a kept connection had just been closed', async () => {
    let count = 0
    rig.server.answer((_request, response) => {
      count += 1
      if (count === 2) response.socket?.destroy()
      else response.writeHead(200, csv).end(`${count}`)
    })
    const by = rig.reader()

    expect([await rig.read({ by }), await rig.read({ by })]).toEqual(['1', '3'])
  })

  it('posts a body', async () => {
    rig.server.answer(({ method, headers, body }, response) =>
      response.writeHead(200, csv).end(`${method} ${headers['content-type']} ${body}`),
    )

    expect(await rig.read({ body: textBody('text/plain', 'ä') })).toBe('POST text/plain ä')
  })

  it('unpacks gzip', async () => {
    rig.server.answer((_request, response) =>
      response.writeHead(200, { ...csv, 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(500_000))),
    )

    expect(await rig.read()).toBe('x'.repeat(500_000))
  })

  it.each([
    ['ISO-8859-1', Buffer.from('größe', 'latin1'), 'größe'],
    ['"windows-1250"', Buffer.from([0x8e, 0x6f, 0x66, 0x69, 0x65]), 'Žofie'],
    ['utf-16le', Buffer.from('čeněk 🎉', 'utf16le'), 'čeněk 🎉'],
    ['US-ASCII', Buffer.from('größe'), 'größe'],
  ])('reads what is written in %s as what it is, wherever it is parted', async (charset, bytes, text) => {
    rig.server.answer((_request, response) => {
      response.writeHead(200, { 'content-type': `text/csv; charset=${charset}`, 'content-length': bytes.length })
      response.write(bytes.subarray(0, 3), () => response.end(bytes.subarray(3)))
    })

    expect(await rig.read()).toBe(text)
  })

  it.each(['application/json', 'application/scim+json'])('reads %s as UTF-8, whatever it says', async (type) => {
    rig.server.answer((_request, response) => {
      response.writeHead(200, { 'content-type': `${type}; charset=ISO-8859-1` }).end(Buffer.from('{"login":"zoë"}'))
    })

    expect(await rig.read({ accept: [type] })).toBe('{"login":"zoë"}')
  })

  it('is told that nothing has changed, by a validator', async () => {
    rig.server.answer(({ headers }, response) => {
      if (headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else response.writeHead(200, { ...csv, etag: '"v1"' }).end('ada')
    })
    const { signal } = new AbortController()
    const first = await rig
      .reader()
      .read({ url: `https://127.0.0.1:${rig.server.port}/`, accept: ['text/csv'], signal })

    expect(first).toMatchObject({ kind: 'content', type: 'text/csv', validator: { kind: 'etag', value: '"v1"' } })
    expect(await rig.read({ validator: { kind: 'etag', value: '"v1"' } })).toBeUndefined()
  })

  it('is known by a token, or by name and password', async () => {
    rig.server.answer(({ headers }, response) => response.writeHead(200, csv).end(headers.authorization))

    expect(await rig.read({ by: rig.reader({ authorization: { kind: 'bearer', token: 't' } }) })).toBe('Bearer t')
    expect(await rig.read({ by: rig.reader({ authorization: { kind: 'basic', user: 'ada', password: 'ü:x' } }) })).toBe(
      `Basic ${Buffer.from('ada:ü:x').toString('base64')}`,
    )
  })

  it('ends with the reason of its signal: before, at the head, in the middle', async () => {
    const reason = new Error('time is over')
    const answers: readonly Answering[] = [
      () => undefined,
      (_request, response) => void response.writeHead(200, csv).write('x'.repeat(100)),
    ]
    for (const answering of answers) {
      const abort = new AbortController()
      rig.server.answer((request, response) => {
        answering(request, response)
        setImmediate(() => abort.abort(reason))
      })
      expect(await rig.failure({ signal: abort.signal })).toBe(reason)
    }
    expect(await rig.failure({ signal: AbortSignal.abort(reason) })).toBe(reason)
  })

  it('says what the other side says of a refusal, without our secrets', async () => {
    rig.server.answer(({ headers }, response) => {
      answerJson(response, { detail: `no such filter\u0007 for ${headers.authorization ?? ''} (hunter"2)` }, 400)
    })

    const bearer = await rig.failure({ by: rig.reader({ authorization: { kind: 'bearer', token: 'hunter"2' } }) })
    const basic = await rig.failure({
      by: rig.reader({ authorization: { kind: 'basic', user: 'a', password: 'hunter"2' } }),
    })

    expect(bearer).toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining('it answers 400: {"detail":"no such filter\\u0007 for Bearer … (…)"}'),
    })
    expect(basic).toMatchObject({ message: expect.stringContaining('for Basic … (…)') })
  })

  it('shows nothing of a token that no header can have', async () => {
    const error = await rig.failure({ by: rig.reader({ authorization: { kind: 'bearer', token: 'hunter\n2' } }) })

    expect(error).toMatchObject({ code: 'SOURCE_OPTIONS_INVALID', message: expect.not.stringContaining('hunter') })
  })

  it('asks this machine by plain http where it is listed', async () => {
    const plain = await startWebServer((_request, response) => response.writeHead(200, csv).end('plain'), {})

    expect(
      await rig.read({
        url: `http://localhost:${plain.port}/`,
        by: rig.reader({ allowedPrivate: ['127.0.0.1', '::1'] }),
      }),
    ).toBe('plain')
    await plain.stop()
  })
})
