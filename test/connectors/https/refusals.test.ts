import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasOpenssl } from '../certificates.ts'
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

  describe('refuses', () => {
    const raw =
      (text: string): Answering =>
      (_request, response) =>
        void response.socket?.end(text.replaceAll('\n', '\r\n'))
    const ok = 'HTTP/1.1 200 OK\nContent-Type: text/csv\n'
    const table: readonly (readonly [string, Answering, string, string])[] = [
      [
        'a redirect',
        (_r, s) => s.writeHead(302, { location: 'https://10.0.0.1/x?y' }).end(),
        'SOURCE_ANSWER_WRONG',
        'sends us to "10.0.0.1"',
      ],
      ['a redirect to nowhere', (_r, s) => s.writeHead(301).end(), 'SOURCE_ANSWER_WRONG', 'it answers 301'],
      ['a 304 that was not asked for', (_r, s) => s.writeHead(304).end(), 'SOURCE_ANSWER_WRONG', 'it answers 304'],
      [
        'an HTML page',
        (_r, s) => s.writeHead(200, { 'content-type': 'Text/HTML' }).end('<html>'),
        'SOURCE_ANSWER_WRONG',
        'an HTML page, perhaps one to log in, came where text/csv was expected',
      ],
      [
        'an HTML page under another name',
        (_r, s) => s.writeHead(200, csv).end('\uFEFF\n<!DOCTYPE html><title>Log in</title>'),
        'SOURCE_ANSWER_WRONG',
        'it answers with an HTML page',
      ],
      [
        'an XHTML page as XML',
        (_r, s) =>
          s
            .writeHead(200, csv)
            .end('<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">'),
        'SOURCE_ANSWER_WRONG',
        'it answers with an HTML page',
      ],
      [
        'another type',
        (_r, s) => s.writeHead(200, { 'content-type': 'image/png' }).end('x'),
        'SOURCE_ANSWER_WRONG',
        'something of type "image/png" came',
      ],
      [
        'a charset that is none',
        (_r, s) => s.writeHead(200, { 'content-type': 'text/csv; header=present; Charset="Rosetta"' }).end('x'),
        'SOURCE_ANSWER_WRONG',
        'it says that its answer is written in "rosetta", which is no charset; have it send UTF-8',
      ],
      [
        'what is not in its charset',
        (_r, s) => s.writeHead(200, { 'content-type': 'text/csv; charset=shift_jis' }).end(Buffer.from([0x83, 0x01])),
        'SOURCE_ANSWER_WRONG',
        'its answer is not in the charset that it names',
      ],
      ['no type', (_r, s) => s.writeHead(200).end('x'), 'SOURCE_ANSWER_WRONG', 'something without a type came'],
      ['a page that is not there', (_r, s) => s.writeHead(404).end(), 'SOURCE_ANSWER_WRONG', 'it answers 404'],
      ['a part', (_r, s) => s.writeHead(206, csv).end('x'), 'SOURCE_ANSWER_WRONG', 'it answers 206'],
      ['nothing', (_r, s) => s.writeHead(204).end(), 'SOURCE_ANSWER_WRONG', 'it answers 204'],
      ['a server that fails', (_r, s) => s.writeHead(503).end(), 'SOURCE_UNREACHABLE', 'it answers 503'],
      ['an answer that is cut', raw(`${ok}Content-Length: 100\n\nid\nada\n`), 'SOURCE_UNREACHABLE', 'closed before'],
      [
        'a chunked answer that is cut',
        raw(`${ok}Transfer-Encoding: chunked\n\n4\nid\n\n`),
        'SOURCE_UNREACHABLE',
        'closed before',
      ],
      [
        'an answer of no length',
        raw(`${ok}Connection: close\n\nid\nada\n`),
        'SOURCE_ANSWER_WRONG',
        'does not say how long it is',
      ],
      [
        'an answer that is longer than it said',
        raw(`${ok}Content-Length: 2\n\nid\nada\n`),
        'SOURCE_ANSWER_WRONG',
        'is not HTTP',
      ],
      [
        'an answer of two lengths',
        raw(`${ok}Content-Length: 2\nContent-Length: 3\n\nid\n`),
        'SOURCE_ANSWER_WRONG',
        'is not HTTP',
      ],
      [
        'a change of protocol',
        raw('HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n'),
        'SOURCE_ANSWER_WRONG',
        'something that is no answer',
      ],
      [
        'a coding of the transfer that is not unpacked',
        raw(`${ok}Transfer-Encoding: gzip, chunked\n\n2\nok\n0\n\n`),
        'SOURCE_ANSWER_WRONG',
        'does not say how long it is',
      ],
      [
        'a packing that only a prototype has',
        (_r, s) => s.writeHead(200, { ...csv, 'content-encoding': 'constructor' }).end('ok'),
        'SOURCE_ANSWER_WRONG',
        'packed as "constructor"',
      ],
      ['something else than HTTP', raw('SSH-2.0-OpenSSH_9.2\n'), 'SOURCE_ANSWER_WRONG', 'is not HTTP'],
      [
        'a packing it did not ask for',
        (_r, s) => s.writeHead(200, { ...csv, 'content-encoding': 'br' }).end('x'),
        'SOURCE_ANSWER_WRONG',
        'packed as "br"',
      ],
      [
        'gzip that is cut',
        (_r, s) =>
          s.writeHead(200, { ...csv, 'content-encoding': 'gzip' }).end(gzipSync('ada'.repeat(99)).subarray(0, 20)),
        'SOURCE_ANSWER_WRONG',
        'cannot be unpacked',
      ],
      [
        'gzip that is none',
        (_r, s) => s.writeHead(200, { ...csv, 'content-encoding': 'gzip' }).end('ada'),
        'SOURCE_ANSWER_WRONG',
        'cannot be unpacked',
      ],
    ]

    it.each(table)('%s', async (...row) => {
      const [, answering, code, words] = row
      rig.server.answer(answering)

      const error = await rig.failure()

      expect(error).toMatchObject({ code, message: expect.stringContaining(words) })
      expect(String(error)).not.toContain('hunter2')
    })

    it('too much, and what unpacks to too much, without holding it', async () => {
      const bomb = gzipSync(Buffer.alloc(120 * 1024 * 1024))
      rig.server.answer((_request, response) =>
        response.writeHead(200, { ...csv, 'content-encoding': 'gzip' }).end(bomb),
      )
      const by = rig.reader()
      const answer = await by.read({
        url: `https://127.0.0.1:${rig.server.port}/`,
        accept: ['text/csv'],
        signal: new AbortController().signal,
      })
      let count = 0
      const drain = async (): Promise<void> => {
        if (answer.kind === 'content') for await (const piece of answer.pieces) count += piece.length
      }

      await expect(drain()).rejects.toMatchObject({
        code: 'SOURCE_ANSWER_WRONG',
        message: expect.stringContaining('longer than 104,857,600 bytes'),
      })
      expect(count).toBeLessThanOrEqual(100 * 1024 * 1024)
    })

    it.each<[string, (response: ServerResponse) => void]>([
      ['never answers', () => undefined],
      ['stops in the middle', (response) => void response.writeHead(200, csv).write('x'.repeat(100))],
    ])('a server that %s', async (_name, answering) => {
      rig.server.answer((_request, response) => answering(response))

      expect(await rig.failure({ by: rig.reader({ limits: { idleMs: 100 } }) })).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
      })
    })

    it('a server that is slow for longer than it may be silent', async () => {
      rig.server.answer((_request, response) => {
        response.writeHead(200, csv)
        const drip = setInterval(() => response.write('x'), 10)
        response.on('close', () => clearInterval(drip))
      })

      expect(await rig.failure({ by: rig.reader({ limits: { idleMs: 200 } }) })).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        message: expect.stringContaining('too slowly'),
      })
    })
  })
})
