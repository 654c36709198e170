import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasMariaDb } from '../../../test/connectors/mariadb.ts'
import { hasOracle, oracleRig } from '../../../test/connectors/oracle-rig.ts'
import { readAll } from '../../../test/connectors/read-source.ts'
import { startSilentServer } from '../../../test/connectors/silent-server.ts'
import type { SilentServer } from '../../../test/connectors/silent-server.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import { until } from '../../../test/connectors/source-rig.ts'
import type { Ability } from '../../../test/connectors/source-rig.ts'
import { contractRig, mariaDbRig, postgresqlRig, sqliteRig } from '../../../test/connectors/sql-rig.ts'
import type { SqlRig } from '../../../test/connectors/sql-rig.ts'

interface Case {
  readonly start: () => Promise<SqlRig>
  readonly isThere: boolean
  readonly cannot: readonly Ability[]
  /** The same person, as each database would hold them. */
  readonly kinds: string
  readonly row: string
  /** More rows than anybody could read in a test, made as they are read. */
  readonly endless: string
  /** 20,000 rows of 2,000 letters each, more than lies ready anywhere on the way. */
  readonly wide: string
  /** Gives some thousand rows, and fails at a later one. */
  readonly failsLate: string
  /** Texts past what a record carries, and bytes that are none. */
  readonly odd: string
  /** Writes, and says nothing of it to who only looks at its first word. */
  readonly writes: string
  readonly refusesToWrite: RegExp
}

const cases: Readonly<Record<string, Case>> = {
  PostgreSQL: {
    start: postgresqlRig,
    isThere: true,
    cannot: ['given', 'selectTeam'],
    kinds: `create table kinds (login text, active boolean, born date, seen timestamptz, made timestamp(3),
      share numeric(10, 4), tall double precision, large bigint, at time(3), photo bytea, note text)`,
    row: `insert into kinds values ('ada', true, '1815-12-10', '2026-02-03 04:05:06.5+02', '2026-02-03 04:05:06',
      1.5000, 1e20, 9007199254740993, '04:05:06.500', convert_to('größe', 'utf8'), null)`,
    endless: 'select generate_series(1, 1000000000) as login',
    wide: `select n as login, repeat('x', 2000) as filler from generate_series(1, 20000) as n`,
    failsLate: 'select n as login, 1 / (5000 - n) as broken from generate_series(1, 10000) as n',
    odd: `select 'ada' as login, repeat('ä', 65536) as fits, repeat('x', 10000000) as long, '\\x6100'::bytea as nul, '\\xff'::bytea as bytes`,
    writes: `select setval('numbers', 7) as login`,
    refusesToWrite: /cannot execute setval\(\) in a read-only transaction; the query may only read$/,
  },
  MariaDB: {
    start: mariaDbRig,
    isThere: hasMariaDb,
    cannot: ['given', 'selectTeam'],
    kinds: `create table kinds (login varchar(20), active boolean, born date, seen timestamp(3) null, made datetime(3),
      share decimal(10, 4), tall double, large bigint, at time(3), photo blob, note text)`,
    row: `insert into kinds values ('ada', true, '1815-12-10', convert_tz('2026-02-03 04:05:06.5', '+02:00', @@time_zone),
      '2026-02-03 04:05:06', 1.5000, 1e20, 9007199254740993, '04:05:06.500', 'größe', null)`,
    endless: 'select seq as login from seq_1_to_1000000000',
    wide: `select seq as login, repeat('x', 2000) as filler from seq_1_to_20000`,
    failsLate: 'select seq as login, if(seq < 5000, 1, (select 1 union select 2)) as broken from seq_1_to_10000',
    odd: `select 'ada' as login, repeat('ä', 65536) as fits, repeat('x', 10000000) as \`long\`, 'a\\0' as nul, x'ff' as bytes`,
    writes: 'select login from units for update',
    refusesToWrite: /(READ ONLY transaction|denied to user 'reader').*$/,
  },
  SQLite: {
    start: sqliteRig,
    isThere: true,
    cannot: ['given', 'selectTeam', 'stuck', 'refused'],
    kinds: `create table kinds (login text, active boolean, born date, seen datetime, made datetime,
      share numeric, tall real, large integer, at time, photo blob, note text)`,
    row: `insert into kinds values ('ada', true, '1815-12-10', '2026-02-03 04:05:06.5+02:00', '2026-02-03 04:05:06.000',
      1.5000, 1e20, 9007199254740993, '04:05:06.5', cast('größe' as blob), null)`,
    endless:
      'with recursive n (login) as (select 1 union all select login + 1 from n where login < 1000000000) select * from n',
    wide: `with recursive n (login) as (select 1 union all select login + 1 from n where login < 20000)
      select login, hex(zeroblob(1000)) as filler from n`,
    failsLate: `with recursive n (login) as (select 1 union all select login + 1 from n where login < 10000)
      select login, case when login < 5000 then 1 else json('{') end as broken from n`,
    odd: `select 'ada' as login, replace(hex(zeroblob(32768)), '0', 'ä') as fits, hex(zeroblob(5000000)) as long,
      cast(x'6100' as text) as nul, cast(x'ff' as text) as bytes`,
    writes: `with gone as (delete from units returning login) select * from gone`,
    refusesToWrite: /near "delete": syntax error$/,
  },
  ...(hasOracle && {
    Oracle: {
      start: oracleRig,
      isThere: true,
      cannot: ['given', 'selectTeam'],
      // It has no times of a day.
      kinds: `create table kinds (login varchar2(20), active boolean, born date, seen timestamp with time zone, made timestamp(3),
        "share" number(10, 4), tall binary_double, "large" number(19), "at" varchar2(20), photo blob, note varchar2(20))`,
      row: `insert into kinds values ('ada', true, date '1815-12-10', timestamp '2026-02-03 04:05:06.5 +02:00',
        timestamp '2026-02-03 04:05:06', 1.5000, 1e20, 9007199254740993, '04:05:06.5', utl_i18n.string_to_raw('größe', 'AL32UTF8'), null)`,
      endless: `select rownum as login from ${Array.from({ length: 3 }, () => '(select 1 from dual connect by level <= 1000)').join(', ')}`,
      wide: `select rownum as login, rpad('x', 2000, 'x') as filler from (select 1 from dual connect by level <= 20000)`,
      failsLate:
        'select rownum as login, 1 / (5000 - rownum) as broken from (select 1 from dual connect by level <= 10000)',
      odd: `select 'ada' as login, ${repeatedInOracle('ä', 65_536)} as fits, ${repeatedInOracle('x', 10_240_000)} as "long",
        'a' || chr(0) as nul, hextoraw('FF') as bytes from dual`,
      writes: 'select login from units for update',
      refusesToWrite: /ORA-(00907|01456).*$/,
    } satisfies Case,
  }),
}

/** A text of so many letters, which it makes of texts of 1,024. */
function repeatedInOracle(letter: string, length: number): string {
  return `(select xmlcast(xmlagg(xmlelement("t", rpad('${letter}', 1024, '${letter}'))) as clob) from dual connect by level <= ${length / 1_024})`
}

let silent: SilentServer
beforeAll(async () => {
  silent = await startSilentServer()
})
afterAll(() => silent.stop())

for (const [name, its] of Object.entries(cases)) {
  const describeIt = its.isThere ? describe : describe.skip
  describeIt(`an sql source of ${name}`, () => {
    let rig: SqlRig
    beforeAll(async () => {
      rig = await its.start()
      await rig.run(its.kinds)
      await rig.run(its.row)
      await rig.run('create table units (login varchar(40), unit varchar(20))')
      await rig.run(
        `insert into units values ('ada', 'math'), ('bob', 'math'), ('eve''; drop', 'a'' or 1=1 --'), ('čeněk', 'děti')`,
      )
      if (name === 'PostgreSQL') await rig.run('create sequence numbers')
    })
    afterAll(() => rig.remove())

    keepsTheSourceContract(() => contractRig(rig, silent), { cannot: its.cannot })
    readsValues(() => rig, its)
    refuses(() => rig, its)
    readsAsAsked(() => rig, its)
    if (name === 'MariaDB') encrypts(() => rig)
  })
}

function readsValues(rig: () => SqlRig, { odd }: Case): void {
  it('tells values in the one way that all databases share', async () => {
    const fields = {
      login: ['ada'],
      active: ['true'],
      born: ['1815-12-10'],
      seen: ['2026-02-03T02:05:06.5Z'],
      made: ['2026-02-03T04:05:06'],
      share: ['1.5'],
      tall: ['100000000000000000000'],
      large: ['9007199254740993'],
      at: ['04:05:06.5'],
      photo: ['größe'],
    }

    expect(await readAll(rig().source('select * from kinds'))).toEqual({
      records: [{ fields }],
      end: { complete: true, count: 1 },
    })
  })

  it('a value that no record can carry makes its own field unreadable', async () => {
    expect((await readAll(rig().source(odd))).records).toEqual([
      {
        fields: { login: ['ada'], fits: ['ä'.repeat(65_536)] },
        unreadable: { long: 'too-long', nul: 'nul', bytes: 'not-utf8' },
      },
    ])
  })

  it.each([
    ['math', ['ada', 'bob']],
    ["a' or 1=1 --", ["eve'; drop"]],
    ['děti', ['čeněk']],
    ['nobody', []],
    ['', []],
  ])('binds what is selected: %j', async (select, logins) => {
    const query = 'select login from units where unit = :select order by login'

    const { records, end } = await readAll(rig().source(query), select)

    expect(records).toEqual(logins.map((login) => ({ fields: { login: [login] } })))
    expect(end).toEqual({ complete: true, count: logins.length })
  })
}

function refuses(rig: () => SqlRig, { writes, refusesToWrite }: Case): void {
  const wrong = [
    ['select login from nowhere', 'SOURCE_REFUSED', /nowhere/i],
    ['select login from units where', 'SOURCE_REFUSED', /syntax|incomplete|missing/i],
    ['select login, unit as login from units', 'SOURCE_OPTIONS_INVALID', /two columns are named "login"; name each/],
  ] as const
  it.each(wrong)('%s is refused', async (query, code, message) => {
    const error = await readAll(rig().source(query)).catch((cause: unknown) => cause)

    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('a query that writes is refused by the database', async () => {
    const error = await readAll(rig().source(writes)).catch((cause: unknown) => cause)

    expect(error).toMatchObject({ code: 'SOURCE_REFUSED', message: expect.stringMatching(refusesToWrite) })
  })
}

function readsAsAsked(rig: () => SqlRig, { endless, wide, failsLate }: Case): void {
  it('of a thousand million rows takes no more than are asked for, and is let go at once', async () => {
    const reading = rig().source(endless).subjects(undefined, { signal: new AbortController().signal })

    const pages = [await reading.next(), await reading.next(), await reading.next()]
    await reading.return({ complete: false, count: 0 })

    expect(pages.map(({ done, value }) => [done, Array.isArray(value) ? value.length : value])).toEqual(
      pages.map(() => [false, 1_000]),
    )
  })

  it('a read whose database dies in the middle fails', async () => {
    const reading = rig().source(endless).subjects(undefined, { signal: new AbortController().signal })
    await reading.next()

    await rig().kill()
    const goOn = async (): Promise<unknown> => {
      for (;;) if ((await reading.next()).done === true) return 'complete'
    }

    await expect(goOn()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  it('a query that fails at one of its later rows is no complete one', async () => {
    const reading = rig().source(failsLate).subjects(undefined, { signal: new AbortController().signal })
    const first = await reading.next()
    const goOn = async (): Promise<unknown> => {
      for (;;) if ((await reading.next()).done === true) return 'complete'
    }

    expect(first.done).toBe(false)
    await expect(goOn()).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) })
  })

  it('rows that are taken slowly are read to the end, for longer than the database may work for any of them', async () => {
    const reading = rig()
      .source(wide, { timeoutSeconds: 1 })
      .subjects(undefined, { signal: new AbortController().signal })
    const first = await reading.next()

    await setTimeout(2_500)
    let next = await reading.next()
    while (next.done !== true) next = await reading.next()

    expect(first.done).toBe(false)
    expect(next.value).toEqual({ complete: true, count: 20_000 })
  })

  it('a database that works for longer than it may is stopped', async () => {
    const slow = `select login from (${endless}) as numbers where login % 7 = 9`

    const error = await readAll(rig().source(slow, { timeoutSeconds: 1 })).catch((cause: unknown) => cause)

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(await until(async () => (await rig().connections()) === 0)).toBe(true)
  })
}

function encrypts(rig: () => SqlRig): void {
  const query = `select variable_value <> '' as login from information_schema.session_status where variable_name = 'Ssl_cipher'`

  it('is asked by TLS where its certificate is vouched for, and not at all where it is not', async () => {
    const { records } = await readAll(rig().source(query, { host: 'localhost', tls: { ca: 'trust/ca.pem' } }))
    const stranger = await readAll(rig().source(query, { host: 'localhost', tls: {} })).catch((cause: unknown) => cause)

    expect(records).toEqual([{ fields: { login: ['1'] } }])
    expect(stranger).toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('self-signed') })
  })
}
