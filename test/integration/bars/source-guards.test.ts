import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { readSubjects } from '../../../activities/sync-subjects.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import { createMapping } from '../../../core/sources/create-mapping.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { approveChange, inTransaction, readStatus, type SyncResult } from '../../../store/index.ts'
import type { SourceSpec } from '../../../schemas/generated/config.ts'
import { hasSlapd, startSlapd, type Slapd } from '../../connectors/slapd.ts'
import { sourceEnvironment } from '../../connectors/read-source.ts'
import { hasOpenssl, makeCertificates } from '../../connectors/certificates.ts'
import { startWebServer, type WebServer } from '../../connectors/https-server.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { membersIn, prepare, syncIn } from '../store/sync-world.ts'

const withSlapd = hasSlapd ? describe : describe.skip

const base = 'ou=people,dc=example,dc=org'
const uids = Array.from({ length: 300 }, (_, index) => `p${String(index).padStart(3, '0')}`)
const hour = (count: number): Date => new Date(Date.UTC(2026, 1, 2, count))

const entry = (uid: string, index: number): string =>
  `dn: uid=${uid},${base}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: Person\nsn: Person\nemployeeNumber: ${index}\nmail: ${uid}@example.org\n\n`

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
})

afterEach(async () => database.drop())

interface Asking {
  readonly type: string
  readonly options: JsonObject
  readonly file?: string | Buffer
  readonly spec?: Pick<SourceSpec, 'attributes' | 'identities'>
  readonly at: Date
}

/** One run of the group `astro/staff` of what a source of this type says; who has no mail lacks what they should have. */
async function run({ type, options, file = '', spec: more, at: now }: Asking): Promise<SyncResult> {
  const found = sourceTypes.get(type)
  if (found === undefined) throw new Error(`there is no source type ${type}`)
  const environment = sourceEnvironment({
    secret: async () => slapdPassword,
    configFile: async () => Buffer.from(file),
    allowedPrivate: ['127.0.0.1'],
  })
  const pages = found.create(options, environment).subjects(undefined, { signal: new AbortController().signal })
  const spec = { login: '${employeeNumber}', ...more }
  const compileSchema = () => () => []
  const map = createMapping({ source: 'hr', spec, login: '', zone: 'UTC', compileSchema, attributeOf: () => undefined })
  return syncIn(database.pool, readSubjects({ pages, map, required: ['mail'], report: () => undefined }), { now })
}

let slapdPassword = ''

async function inStaff(): Promise<number> {
  return Object.keys(await membersIn(database.pool, 'staff')).length
}

/** Each reason is a line of its own, which the hold says too. */
async function linesOf(result: SyncResult): Promise<readonly string[]> {
  const lines = 'reasons' in result ? result.reasons.map(({ message }) => message) : []
  const { holds } = await readStatus(database.pool, hour(0))
  expect(holds.flatMap(({ change }) => change?.reason ?? [])).toEqual(lines.length === 0 ? [] : [lines.join('; ')])
  return lines
}

/** Lets exactly what was held through, once. */
async function approve(result: SyncResult, at: Date): Promise<void> {
  const digest = 'digest' in result ? result.digest : ''
  const approval = { digest, by: 'idp/ada', reason: 'they left', at, compileSchema: () => () => [] }
  await inTransaction(database.pool, (tx) => approveChange(tx, approval))
}

withSlapd('a directory of 300 people (needs slapd: apt-get install slapd ldap-utils)', () => {
  let slapd: Slapd
  const sync = async (at: number): Promise<SyncResult> => {
    const options = { url: slapd.url, baseDn: base, bindDn: slapd.reader.dn, password: { secret: 'bind' } }
    return run({ type: 'ldap', options, at: hour(at) })
  }
  const hide = async (hidden: readonly string[]): Promise<void> =>
    slapd.allow(`to dn.regex="^uid=(${hidden.join('|')}),${base}$" by * none`, 'to * by * read')

  beforeAll(async () => {
    slapd = await startSlapd()
    slapdPassword = slapd.reader.password
    await slapd.load([`dn: ${base}\nobjectClass: organizationalUnit\nou: people\n\n`, ...uids.map(entry)])
  })

  beforeEach(async () => {
    await slapd.allow()
    expect(await sync(0)).toMatchObject({ outcome: 'changed', added: 300 })
  })

  afterAll(async () => slapd.remove())

  it('that answers with nobody, and success, takes nobody away', async () => {
    await slapd.allow(`to dn.children="${base}" by * none`, 'to * by * read')

    expect((await linesOf(await sync(1)))[0]).toBe(
      'source hr names nobody for group astro/staff, where 300 people are members by it',
    )
    expect(await inStaff()).toBe(300)
  })

  it('that hides half by an access rule takes nobody away, until exactly that is approved, and once', async () => {
    await hide(uids.filter((_, index) => index % 2 === 0))
    const held = await sync(1)
    const lines = await linesOf(held)
    await approve(held, hour(2))
    await hide(uids.filter((_, index) => index % 2 === 1))
    const others = await sync(3)
    await hide(uids.filter((_, index) => index % 2 === 0))
    const again = await sync(4)
    await approve(again, hour(5))
    const passed = await sync(6)
    await slapd.allow()
    await sync(7)
    await hide(uids.filter((_, index) => index % 2 === 0))

    expect(lines).toContain(
      'source hr names 150 for group astro/staff where it named 300 people before, the limit is 10% fewer',
    )
    expect([held.outcome, others.outcome, again.outcome]).toEqual(['held', 'held', 'held'])
    expect(passed).toMatchObject({ outcome: 'changed', removed: 150 })
    expect(await sync(8)).toMatchObject({ outcome: 'held' })
    expect(await inStaff()).toBe(300)
  })

  it('that loses 31 % at once takes nobody away', async () => {
    await hide(uids.slice(0, 93))

    expect(await linesOf(await sync(1))).toContain('group astro/staff would lose 93 of 300 people, the limit is 25%')
    expect(await inStaff()).toBe(300)
  })

  it('that loses 6 % five times in a day takes nobody away the fifth time', async () => {
    const outcomes: string[] = []
    for (const times of [1, 2, 3, 4, 5]) {
      await hide(uids.slice(0, 18 * times))
      outcomes.push((await sync(times)).outcome)
    }

    expect(outcomes).toEqual(['changed', 'changed', 'changed', 'changed', 'held'])
    expect(await inStaff()).toBe(300 - 72)
  })

  it('that names as many, but others, takes nobody away', async () => {
    const renumber = (from: number) =>
      slapd.change(
        uids
          .map(
            (uid, index) =>
              `dn: uid=${uid},${base}\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: ${from + index}\n`,
          )
          .join('\n'),
      )
    await renumber(1_000)
    const held = await sync(1)
    await renumber(0)

    expect(await linesOf(held)).toContain('group astro/staff would lose 300 of 600 people, the limit is 25%')
    expect(await inStaff()).toBe(300)
  })

  it('that swaps the numbers of people pairwise gives nobody the address of another', async () => {
    const attributes = { 'user.email': '${mail}' }
    await database.pool.query(`update source set spec = spec || $1 where name = 'hr'`, [{ attributes }])
    const options = { url: slapd.url, baseDn: base, bindDn: slapd.reader.dn, password: { secret: 'bind' } }
    const withMail = async (at: number) => run({ type: 'ldap', options, spec: { attributes }, at: hour(at) })
    const mails = async (): Promise<unknown> => {
      const { rows } = await database.pool.query(
        `select p.identities[1] as "user", v.value from attribute_value v join person p on p.id = v.subject
         where v.attribute = 'user.email' and v.source = 'hr' order by 1`,
      )
      return rows
    }
    const number = (swaps: boolean) =>
      slapd.change(
        uids
          .map((uid, index) => {
            const other = index % 2 === 0 ? index + 1 : index - 1
            return `dn: uid=${uid},${base}\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: ${swaps ? other : index}\n`
          })
          .join('\n'),
      )
    expect(await withMail(1)).toMatchObject({ outcome: 'changed', values: 300 })
    const before = await mails()

    await number(true)
    const swapped = await withMail(2)
    await number(false)

    expect(await linesOf(swapped)).toEqual([
      'source hr says of 300 people for group astro/staff what it said of others before: their logins there may have been swapped',
    ])
    expect(await mails()).toEqual(before)
    expect(await withMail(3)).toMatchObject({ outcome: 'unchanged' })
  })

  it('that is away for seven days takes nobody away, and each run says so', async () => {
    await slapd.stop()
    const runs: SyncResult[] = []
    for (const day of [1, 2, 3, 4, 5, 6, 7]) runs.push(await sync(24 * day))
    await slapd.start()

    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['failed']))
    const { rows } = await database.pool.query<{ runs: number; since: Date }>(
      `select count(*)::integer as runs, min(at) as since from sync_run where outcome = 'failed' and error like 'Cannot%'`,
    )
    expect(rows).toEqual([{ runs: 7, since: hour(24) }])
    expect(await inStaff()).toBe(300)
    expect(await sync(24 * 8)).toMatchObject({ outcome: 'unchanged' })
  })
})

const withOpenssl = hasOpenssl ? describe : describe.skip

withOpenssl('a file of 300 people at an https address (needs openssl)', () => {
  const lines = uids.map((uid, index) => `${index},${uid}@example.org\n`)
  const tableOf = (rows: readonly string[]): string => `employeeNumber,mail\n${rows.join('')}`
  const page = '<!doctype html>\n<html><body><form action="/login">Sign in</form></body></html>\n'
  let server: WebServer
  let ca = ''

  beforeAll(async () => {
    const certificates = await makeCertificates()
    ca = certificates.ca
    server = await startWebServer(() => undefined, { pair: certificates.server })
  })
  afterAll(async () => server.stop())

  interface Served {
    readonly as?: string
    readonly trailer?: string
  }

  /** The server gives this as a whole, with its length, and closes the connection as it should. */
  async function sync(body: string, at: number, { as = 'text/csv', trailer }: Served = {}): Promise<SyncResult> {
    server.answer((_, response) =>
      response
        .writeHead(200, { 'content-type': as, 'content-length': Buffer.byteLength(body), connection: 'close' })
        .end(body),
    )
    const url = `https://127.0.0.1:${server.port}/people.csv`
    const options = { url, ca: 'ca.pem', ...(trailer !== undefined && { trailer }) }
    return run({ type: 'csv', options, file: ca, at: hour(at) })
  }

  /** In one line, as `guildhall sync status` tells it. */
  async function whyNot(): Promise<string> {
    const { rows } = await database.pool.query<{ why: string }>(
      `select coalesce(error, reasons->0->>'message') as why from sync_run order by id desc limit 1`,
    )
    return rows[0]?.why ?? ''
  }

  it.each([
    { name: 'is a page to sign in at', body: page, as: 'text/html', why: 'an HTML page, perhaps one to log in' },
    { name: 'is such a page, said to be a table', body: page, why: 'an HTML page' },
    { name: 'is empty', body: '', why: 'it is empty' },
    {
      name: 'lacks what people should have',
      body: tableOf(lines.slice(1).map((line) => line.replace(/,.*/, ','))),
      why: 'source hr lacks "mail" in 299 of 299 records for group astro/staff, the limit is 5%',
    },
    {
      name: 'is cut in the middle, at the end of a line',
      body: tableOf(lines.slice(0, 150)),
      why: 'source hr names 150 for group astro/staff where it named 300 people before, the limit is 10% fewer',
    },
    {
      name: 'is cut near its end, at the end of a line, and should say how many it names',
      body: tableOf(lines.slice(0, 290)),
      trailer: '#end',
      why: 'its last line "#end COUNT" is missing, so it is cut off or still being written',
    },
  ])('that $name, with status 200, takes nobody away and says why', async ({ body, why, ...how }) => {
    expect(await sync(tableOf(lines), 0)).toMatchObject({ outcome: 'changed', added: 300 })

    const result = await sync(body, 1, how)

    expect(['held', 'failed']).toContain(result.outcome)
    expect(await inStaff()).toBe(300)
    expect(await whyNot()).toContain(why)
    expect(await whyNot()).not.toContain('\n')
  })
})

it('a record that nothing can be made of is left out and told of, and the others go on', async () => {
  const good = Array.from({ length: 20 }, (_, index) => `good${index},,m`)
  await run({
    type: 'csv',
    options: { file: 'people.csv' },
    file: ['employeeNumber,eppn,mail', 'a,,m', 'b,,m'].join('\n'),
    at: hour(0),
  })
  const bad = [
    'a,ada,m', // two people: the source's own, and somebody else's
    'x,both,m',
    'y,both,m', // two records claim one identity
    ',,nobody',
    `${'z'.repeat(10_000_000)},,too long`,
    'nul\0,,m',
    'late,,m',
  ]
  const file = Buffer.concat([
    Buffer.from(['employeeNumber,eppn,mail', 'b,,m', ...good, ...bad].join('\n')),
    Buffer.from('\n'),
    Buffer.from([0x6a, 0xff, 0xfe, 0x2c, 0x2c, 0x6d, 0x0a]),
    Buffer.from('last,,m\n'),
  ])
  const identities = [{ source: 'idp', login: '${eppn}' }]

  const result = await run({ type: 'csv', options: { file: 'people.csv' }, file, spec: { identities }, at: hour(1) })

  expect(result).toMatchObject({ outcome: 'changed', added: 22, removed: 0 })
  expect(result.skipped.map(({ reason, count }) => `${reason} ${count}`).sort()).toEqual([
    'ambiguous 3',
    'no-identity 1',
    'unreadable 3',
  ])
  expect(await inStaff()).toBe(24)
})
