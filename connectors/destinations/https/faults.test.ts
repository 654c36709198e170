import { beforeAll, describe, expect, it } from '@jest/globals'
import { hasOpenssl, makeCertificates } from '../../../test/connectors/certificates.ts'
import type { Certificates } from '../../../test/connectors/certificates.ts'
import { standsFaults } from '../../../test/connectors/destination-faults.ts'
import { destinationEnvironment } from '../../../test/connectors/destination-rig.ts'
import { httpsFaultWords, openFaultyHttps } from '../../../test/connectors/https-faults.ts'
import { answerJson, startWebServer } from '../../../test/connectors/https-server.ts'
import type { Answering } from '../../../test/connectors/https-server.ts'
import { contextOf, sha256, snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Destination } from '../../destination.ts'
import { httpsDestination } from './index.ts'

const withOpenssl = hasOpenssl ? describe : describe.skip

withOpenssl('an https destination (needs openssl: apt-get install openssl)', () => {
  let certificates: Certificates
  beforeAll(async () => {
    certificates = await makeCertificates()
  })

  standsFaults(async (fault) => openFaultyHttps(fault, certificates), httpsFaultWords)
})

describe('what a server answers', () => {
  const snapshot = snapshotOf({ generation: 3, files: { a: 'new', b: 'new' } })
  const receipt = { generation: 3, hash: snapshot.hash }

  async function withAnswer<T>(answer: Answering, work: (destination: Destination) => Promise<T>): Promise<unknown> {
    const server = await startWebServer(answer, {})
    const environment = destinationEnvironment({ allowedPrivate: ['127.0.0.1', '::1'] })
    const destination = httpsDestination({ url: `http://localhost:${server.port}/` }, environment)
    return work(destination)
      .catch((error: unknown) => error)
      .finally(async () => server.stop())
  }

  const deliveries: readonly (readonly [string, Answering, object])[] = [
    ['a receipt', (_r, s) => answerJson(s, receipt), { ...receipt, changed: true }],
    ['a receipt of what was there', (_r, s) => answerJson(s, { ...receipt, changed: false }), { changed: false }],
    ['409 with a newer generation', (_r, s) => answerJson(s, { generation: 4 }, 409), { code: 'FENCED' }],
    ['409 with this generation', (_r, s) => answerJson(s, { generation: 3 }, 409), { code: 'DELIVERY_REFUSED' }],
    ['409 without one', (_r, s) => s.writeHead(409).end(), { code: 'DELIVERY_REFUSED' }],
    ...[400, 403, 404, 413, 422].map(
      (status) =>
        [
          `${status}`,
          (_r, s) => answerJson(s, { no: '\u0007' }, status),
          { code: 'DELIVERY_REFUSED' },
        ] as const satisfies [string, Answering, object],
    ),
    [
      '503 with a time',
      (_r, s) => s.writeHead(503, { 'retry-after': '120' }).end(),
      {
        code: 'DESTINATION_UNREACHABLE',
        message: expect.stringMatching(/: it answers 503, and asks to come again after 120 s$/),
      },
    ],
    ['429', (_r, s) => s.writeHead(429).end(), { code: 'DESTINATION_UNREACHABLE' }],
    [
      'no receipt',
      (_r, s) => s.writeHead(202, { 'content-length': 0 }).end(),
      { code: 'DESTINATION_ANSWER_WRONG', message: expect.stringContaining('does not say what it installed') },
    ],
    [
      'a page to log in',
      (_r, s) => s.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      { code: 'DESTINATION_ANSWER_WRONG', message: expect.stringContaining('an HTML page') },
    ],
  ]

  it.each(deliveries)('to a delivery: %s', async (_name, answer, expected) => {
    expect(await withAnswer(answer, async (to) => to.deliver(snapshot, contextOf()))).toMatchObject(expected)
  })

  it('without a receipt it does where that was said', async () => {
    const server = await startWebServer((_r, s) => s.writeHead(204).end(), {})
    const options = { url: `http://localhost:${server.port}/`, receipt: 'none' }
    const destination = httpsDestination(options, destinationEnvironment({ allowedPrivate: ['127.0.0.1', '::1'] }))

    expect(await destination.deliver(snapshot, contextOf()).finally(async () => server.stop())).toEqual({
      ...receipt,
      changed: true,
    })
  })

  it.each([
    [200, undefined],
    [204, undefined],
    [405, undefined],
    [401, { code: 'DELIVERY_REFUSED' }],
    [404, { code: 'DELIVERY_REFUSED' }],
    [503, { code: 'DESTINATION_UNREACHABLE' }],
  ])('to a check: %d', async (status, expected) => {
    const answered = await withAnswer(
      (_r, s) => s.writeHead(status).end(),
      async (to) => to.check(contextOf()),
    )

    if (expected === undefined) expect(answered).toBeUndefined()
    else expect(answered).toMatchObject(expected)
  })

  it('one that says it has what it has not is found out by observing', async () => {
    const answer: Answering = ({ method }, response) =>
      answerJson(
        response,
        method === 'POST' ? receipt : { ...receipt, generation: 2, files: [{ path: 'a', sha256: sha256('old') }] },
      )
    const observed = await withAnswer(answer, async (to) => {
      await to.deliver(snapshot, contextOf())
      return to.observe(snapshot, contextOf())
    })

    expect(observed).toMatchObject({
      generation: 2,
      drifts: [
        { kind: 'different', name: 'a' },
        { kind: 'missing', name: 'b' },
      ],
    })
  })

  it.each([
    ['405', (_r, s) => s.writeHead(405).end(), { code: 'DELIVERY_REFUSED' }],
    ['no list', (_r, s) => answerJson(s, { generation: 1 }), { code: 'DESTINATION_ANSWER_WRONG' }],
    [
      'a path that leads out',
      (_r, s) => answerJson(s, { files: [{ path: '../x', sha256: sha256('') }] }),
      { code: 'DESTINATION_ANSWER_WRONG' },
    ],
    [
      'no digest',
      (_r, s) => answerJson(s, { files: [{ path: 'a', sha256: 'A' }] }),
      { code: 'DESTINATION_ANSWER_WRONG' },
    ],
    [
      'a generation that is none',
      (_r, s) => answerJson(s, { generation: -1, files: [] }),
      { code: 'DESTINATION_ANSWER_WRONG' },
    ],
  ] satisfies readonly (readonly [string, Answering, object])[])(
    'to the question what is there: %s',
    async (_name, answer, expected) => {
      expect(await withAnswer(answer, async (to) => to.observe(snapshot, contextOf()))).toMatchObject(expected)
    },
  )
})
