import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasOpenssl } from '../certificates.ts'
import { startWebServer } from '../https-server.ts'
import type { Answering, WebServer } from '../https-server.ts'
import { csv, startReaderRig } from './rig.ts'
import type { ReaderRig } from './rig.ts'

const withOpenssl = hasOpenssl ? describe : describe.skip

withOpenssl('an https reader (needs openssl: apt-get install openssl)', () => {
  let rig: ReaderRig
  beforeAll(async () => {
    rig = await startReaderRig()
  })
  afterAll(() => rig.stop())

  describe('believes', () => {
    it('nobody whose issuer it does not know', async () => {
      const error = await rig.failure({ by: rig.reader({ ca: undefined }) })

      expect(error).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        message: expect.stringMatching(
          /^Cannot read https:\/\/127\.0\.0\.1:\d+\/people\.csv: nobody vouches for its certificate/,
        ),
      })
    })

    it('no certificate of another host', async () => {
      const by = rig.reader({
        findAddresses: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
      })

      expect(await rig.failure({ by, url: `https://other.example:${rig.server.port}/` })).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        message: expect.stringContaining('its certificate is for another host'),
      })
      rig.server.answer((_request, response) => response.writeHead(200, csv).end('named'))
      expect(await rig.read({ by, url: `https://people.example:${rig.server.port}/` })).toBe('named')
    })
  })

  describe('where clients need a certificate', () => {
    let strict: WebServer
    beforeAll(async () => {
      const answer: Answering = (_request, response) => response.writeHead(200, csv).end('welcome')
      strict = await startWebServer(answer, { pair: rig.certificates.server, clientsOf: rig.certificates.ca })
    })
    afterAll(() => strict.stop())
    const url = (): string => `https://127.0.0.1:${strict.port}/`

    it('gives its own', async () => {
      expect(await rig.read({ url: url(), by: rig.reader({ clientCertificate: rig.certificates.client }) })).toBe(
        'welcome',
      )
    })

    it('says so where it has none', async () => {
      expect(await rig.failure({ url: url() })).toMatchObject({
        code: 'SOURCE_REFUSED',
        message: expect.stringContaining('it wants a certificate of ours'),
      })
    })

    it('says which options cannot be used, without showing them', async () => {
      const { certificate } = rig.certificates.client
      const { key } = rig.certificates.server

      for (const wrong of [
        { certificate, key },
        { certificate, key: 'hunter2' },
        { certificate: 'hunter2', key },
      ]) {
        const error = await rig.failure({ url: url(), by: rig.reader({ clientCertificate: wrong }) })
        expect(error).toMatchObject({ code: 'SOURCE_OPTIONS_INVALID' })
        expect(String(error)).not.toContain('hunter2')
      }
    })
  })
})
