import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { hasOpenssl, makeCertificates } from '../../../test/connectors/certificates.ts'
import type { Certificates } from '../../../test/connectors/certificates.ts'
import { answerJson } from '../../../test/connectors/https-server.ts'
import { jsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import type { Given, JsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { parseFqan } from './fqan.ts'
import { sourceType } from './index.ts'

const withOpenssl = hasOpenssl ? describe : describe.skip
const path = '/voms/astro'
const options = { clientCertificate: { secret: 'robot' }, ca: 'trust/ca.pem' }

/** As `UsersAction` of VOMS-Admin answers. */
function answerOf({ pathname, searchParams }: URL, people: readonly Person[]): Given | undefined {
  if (pathname !== `${path}/apiv2/users`) return undefined
  const startIndex = Number(searchParams.get('startIndex'))
  const pageSize = Number(searchParams.get('pageSize'))
  const page = people.slice(startIndex, startIndex + pageSize)
  const result = page.map(({ login, name, team }, index) => ({
    id: startIndex + index,
    name,
    suspended: false,
    certificates: [{ subjectString: login, issuerString: '/C=EX/CN=CA', suspended: false }],
    fqans: ['/astro', `/astro/${String(team)}/Role=NULL/Capability=NULL`],
  }))
  return { body: { count: people.length, pageSize, startIndex, result }, people: page.length }
}

withOpenssl('a voms source (needs openssl: apt-get install openssl)', () => {
  let certificates: Certificates
  let api: JsonApiRig
  beforeAll(async () => {
    certificates = await makeCertificates()
    const robot = `${certificates.client.certificate}${certificates.client.key}`
    api = await jsonApiRig({
      type: sourceType,
      options: { ...options, pageSize: 500 },
      secrets: { robot },
      names: { login: 'dn', name: 'name', team: 'path' },
      path,
      selectTeam: (team) => `/astro/${team}`,
      isKnown: ({ headers }) => headers['x-voms-csrf-guard'] !== undefined,
      answer: answerOf,
      certificates,
    })
  })
  afterAll(() => api.stop())

  async function read(result: readonly unknown[], select?: string, robot = certificates.client): Promise<unknown> {
    api.server.answer((_request, response) => answerJson(response, { count: result.length, startIndex: 0, result }))
    const environment = sourceEnvironment({
      allowedPrivate: ['127.0.0.1'],
      secret: async () => `${robot.certificate}${robot.key}`,
      configFile: async () => Buffer.from(certificates.ca),
    })
    const source = sourceType.create({ ...options, url: `https://127.0.0.1:${api.server.port}${path}` }, environment)
    return readAll(source, select).catch((error: unknown) => error)
  }

  keepsTheSourceContract(() => api.rig)

  const certificate = { subjectString: '/C=EX/CN=Ada', issuerString: '/C=EX/CN=CA', suspended: false }
  const ada = {
    id: 7,
    name: 'Ada',
    surname: 'Lovelace',
    emailAddress: 'ada@example.org',
    endTime: '2027-08-10T11:56:12',
    suspended: false,
    suspensionReason: null,
    certificates: [{ subjectString: '/C=EX/CN=Old', issuerString: '/C=EX/CN=CA', suspended: true }, certificate],
    fqans: ['/astro', '/astro/telescope/night/Role=operator', '/astro/telescope/Role=NULL/Capability=NULL', 'nonsense'],
    attributes: [{ name: 'nickname', value: 'al', context: '/astro' }],
  }

  it('gives certificates that can be used as dn, and FQANs as groups, paths and roles', async () => {
    expect(await read([ada])).toEqual({
      records: [
        {
          fields: {
            id: ['7'],
            name: ['Ada'],
            surname: ['Lovelace'],
            emailAddress: ['ada@example.org'],
            endTime: ['2027-08-10T11:56:12'],
            suspended: ['false'],
            dn: ['/C=EX/CN=Ada'],
            ca: ['/C=EX/CN=CA'],
            'dn.suspended': ['/C=EX/CN=Old'],
            fqan: ['/astro', '/astro/telescope/night/Role=operator', '/astro/telescope'],
            group: ['/astro', '/astro/telescope/night', '/astro/telescope'],
            path: ['telescope:night', 'telescope'],
            role: ['operator'],
            'attributes.nickname': ['al'],
          },
        },
      ],
      end: { complete: true, count: 1 },
    })
  })

  it.each([
    ['/astro/telescope', 1],
    ['/astro/telescope/Role=NULL/Capability=NULL', 1],
    ['/astro/telescope/night/Role=operator', 1],
    ['/astro/telescope/Role=operator', 0],
    ['/astro/tele', 0],
  ])('selects who has exactly %s', async (select, count) => {
    expect(await read([ada], select)).toMatchObject({ end: { complete: true, count } })
  })

  it('says what would select', async () => {
    expect(await read([ada], 'telescope')).toMatchObject({
      code: 'SOURCE_OPTIONS_INVALID',
      message: expect.stringContaining('such as "/astro/telescope/Role=operator"'),
    })
  })

  it.each<[string, object, string]>([
    ['groups that are no list', { fqans: { '/astro': true } }, '(7) with "fqans"'],
    ['groups that are no texts', { fqans: ['/astro', { fqan: '/astro/x' }] }, '(7) with "fqans"'],
    ['certificates that are no list', { certificates: 'none' }, '(7) with "certificates"'],
    ['a certificate of nobody', { certificates: [certificate, { issuerString: '/CN=CA' }] }, '(7) with "certificates"'],
    ['a certificate by nobody', { certificates: [{ ...certificate, issuerString: '' }] }, '(7) with "certificates"'],
    ['an id that is none', { id: 1.5 }, 'without an "id"'],
  ])('does not take %s for nothing', async (_name, odd, words) => {
    expect(await read([{ ...ada, ...odd }])).toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining(words),
    })
  })

  it('gives the same dn of two authorities with each of them, in order', async () => {
    const other = { ...certificate, issuerString: '/C=EX/CN=Other CA' }

    expect(await read([{ ...ada, certificates: [certificate, other] }])).toMatchObject({
      records: [{ fields: { dn: ['/C=EX/CN=Ada', '/C=EX/CN=Ada'], ca: ['/C=EX/CN=CA', '/C=EX/CN=Other CA'] } }],
    })
  })

  it('does not believe the same page again', async () => {
    api.server.answer((_request, response) => answerJson(response, { count: 2, result: [ada] }))

    expect(await read([ada, ada])).toMatchObject({ code: 'SOURCE_ANSWER_WRONG' })
  })

  it('says which file of authorities has none in it', async () => {
    const environment = sourceEnvironment({
      secret: async () => '',
      configFile: async () => Buffer.from('no certificate'),
    })
    const source = sourceType.create({ ...options, url: 'https://voms.example.org/voms/astro' }, environment)

    await expect(readAll(source)).rejects.toMatchObject({
      code: 'SOURCE_OPTIONS_INVALID',
      message: 'Cannot use this source: its ca must be a file with certificates in PEM, and "trust/ca.pem" has none',
    })
  })

  it('gives nobody where its certificate is not taken', async () => {
    const { client } = await makeCertificates()

    // What it sees is up to the server: an alert, or an end of the connection.
    expect(await read([ada], undefined, client)).toMatchObject({
      code: expect.stringMatching(/^SOURCE_(REFUSED|UNREACHABLE)$/),
    })
  })
})

it('an FQAN is read back as it was written', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9._ -]{1,20}$/)

  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.option(part, { nil: undefined }), (parts, role) => {
      const group = `/${parts.join('/')}`
      const text = role === undefined || role === 'NULL' ? group : `${group}/Role=${role}`

      expect(parseFqan(`${group}/Role=${role ?? 'NULL'}/Capability=NULL`)).toEqual({
        text,
        group,
        path: parts.slice(1),
        role: role === 'NULL' ? undefined : role,
      })
    }),
  )
})
