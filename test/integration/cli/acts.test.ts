import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run, type Ran } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applyFolder, sampleFolder } from './sample.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await applyFolder(database.pool, sampleFolder)
})

afterAll(async () => database.drop())

async function guildhall(args: readonly string[], input = ''): Promise<Ran> {
  async function* lines(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(input)
  }
  return run(args, { env: { DATABASE_URL: database.url }, input: lines })
}

const membersOf = async (vo: string): Promise<string> => (await guildhall(['members', '--vo', vo])).stdout

describe('guildhall member and group', () => {
  it('let somebody join, put them into a group and let them leave, and say how they stand', async () => {
    const added = await guildhall([
      'member',
      'add',
      'astro',
      'idp/visitor',
      '--expires',
      '2027-02-01',
      '--reason',
      'visit',
    ])
    expect(added.stdout).toMatch(
      /idp\/visitor {2,}INVALID {2,}2027-02-01\n\nINVALID lacks what .+ astro\/RESOURCE` names it\n$/,
    )
    expect(await membersOf('astro')).toContain('idp/visitor')

    expect((await guildhall(['group', 'add', 'astro/telescope', 'idp/visitor', '--json'])).stdout).toBe(
      `${JSON.stringify({ members: [{ user: 'idp/visitor', status: 'VALID', expires: null }] }, null, 2)}\n`,
    )
    const left = await guildhall(['member', 'leave', 'astro', 'idp/visitor', '--as', 'idp/visitor'])
    expect(left).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('DISABLED') })
  })

  it('end with 1 and the reason where somebody is refused', async () => {
    const refused = await guildhall(['member', 'remove', 'astro', 'idp/annie', '--json'])

    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(JSON.parse(refused.stderr)).toEqual({
      error: {
        code: 'MEMBERSHIP_REFUSED',
        message: expect.stringMatching(
          /^Cannot remove "idp\/annie" in "astro": the membership is kept by .+\.yaml:\d+\)/,
        ),
        facts: { user: 'idp/annie', reason: 'declared' },
      },
    })
  })

  it('read people from standard input, and answer each in a line', async () => {
    const lines = ['{"user":"idp/one"}', '', '{"user":"idp/two","expires":"2027-03-01"}', '{"user":"idp/annie"}']
    const { stdout, exitCode } = await guildhall(
      ['member', 'add', 'astro', '--expires', '2027-01-01'],
      lines.join('\n'),
    )

    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([
      { user: 'idp/one', expires: '2027-01-01' },
      { user: 'idp/two', expires: '2027-03-01' },
      { user: 'idp/annie', expires: null },
    ])
    expect(exitCode).toBe(0)
    expect(await guildhall(['member', 'remove', 'astro'], '{"user":"idp/one"}\n{"user":"idp/nobody"}')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(
        /^\{"user":"idp\/one","status":null,"expires":null\}\n\{"user":"idp\/nobody","error":\{"code":"MEMBERSHIP_REFUSED"/,
      ),
    })
  })

  it.each([
    ['no object', 'idp/one', 'expected an object such as {"user": "idp/ada"}'],
    ['no identity', '{"user":"one"}', 'user: expected an identity such as "idp/ada", got "one"'],
    ['no day', '{"user":"idp/one","expires":"2027-02-30"}', 'expires: expected a day such as "2027-01-31", or null'],
    ['another key', '{"user":"idp/one","until":"x"}', 'got the key "until" too'],
  ])('do nothing where a line is %s', async (_, line, message) => {
    const { exitCode, stderr, stdout } = await guildhall(['member', 'add', 'astro'], `{"user":"idp/fine"}\n${line}`)

    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`error LINE_INVALID: Cannot read line 2: `)
    expect(stderr).toContain(message)
    expect(await membersOf('astro')).not.toContain('idp/fine')
  })

  it.each([
    [['member', 'add', 'astro', 'ada'], 'COMMAND_MISUSED: Cannot act on "ada": expected an identity'],
    [
      ['member', 'add', 'astr', 'idp/ada'],
      'OBJECT_UNKNOWN: Cannot act on VO "astr": it is not in force; did you mean "astro"?',
    ],
    [['group', 'add', 'astro', 'idp/ada'], 'COMMAND_MISUSED: Cannot act on group "astro": expected a VO and a group'],
    [['group', 'add', 'astro/nope', 'idp/ada'], 'OBJECT_UNKNOWN: Cannot act on group "astro/nope"'],
    [['member', 'disable', 'astro', 'idp/ada'], 'COMMAND_MISUSED: Cannot disable anybody without a reason'],
    [['member', 'expires', 'astro', 'idp/ada'], 'COMMAND_MISUSED: Cannot set a date without one'],
    [
      ['member', 'expires', 'astro', 'idp/ada', '--never', '--expires', '2027-01-01'],
      'COMMAND_MISUSED: Cannot set a date and none',
    ],
    [['member', 'add', 'astro', 'idp/ada', '--expires', 'tomorrow'], 'COMMAND_MISUSED'],
    [['member', 'add', 'astro', 'idp/new', '--as', 'idp/nobody'], 'IDENTITY_UNKNOWN: Cannot act as "idp/nobody"'],
  ])('refuse %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error ${message}`)
  })
})

describe('guildhall ban', () => {
  it('keeps somebody out, says so wherever they are shown, and lets them in again', async () => {
    const target = ['--resource', 'astro/cluster-batch']
    const added = await guildhall(['ban', 'add', 'idp/annie', ...target, '--reason', 'quota', '--until', '2027-03-01'])
    const why = await guildhall(['why', 'idp/annie', 'astro/cluster-batch'])
    const list = await guildhall(['ban', 'list', '--json'])
    const removed = await guildhall(['ban', 'remove', 'idp/annie', ...target])

    expect(added.stdout).toBe('idp/annie is banned from resource astro/cluster-batch until 2027-03-01\n')
    expect(why.stdout).toContain('idp/annie has no access to astro/cluster-batch')
    expect(why.stdout).toContain(
      'banned: "idp/annie" is banned from resource "astro/cluster-batch" until 2027-03-01: quota',
    )
    expect(JSON.parse(list.stdout)).toMatchObject({
      bans: [
        {
          ...{ user: 'idp/annie', from: { kind: 'resource', vo: 'astro', name: 'cluster-batch' } },
          ...{ reason: 'quota', until: '2027-03-01', actor: 'local/joan' },
        },
      ],
    })
    expect(removed.stdout).toBe('idp/annie is no longer banned from resource astro/cluster-batch\n')
    expect((await guildhall(['why', 'idp/annie', 'astro/cluster-batch'])).stdout).toContain('has access')
    expect((await guildhall(['ban', 'list'])).stdout).toBe('Nobody is banned.\n')
  })

  it('reads people from standard input, and marks whom a VO keeps out among its members', async () => {
    const args = ['ban', 'add', '--vo', 'astro', '--reason', 'test']
    const { stdout, exitCode } = await guildhall(args, '{"user":"idp/grace"}\n{"user":"nowhere/x"}')
    const members = await guildhall(['members', '--vo', 'astro'])
    await guildhall(['ban', 'remove', 'idp/grace', '--vo', 'astro'])

    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^\{"user":"idp\/grace","banned":true,"until":null\}\n\{"user":"nowhere\/x","error":\{"code":"BAN_REFUSED"/,
    )
    expect(members.stdout).toMatch(/idp\/grace +VALID, banned/)
  })

  it.each([
    [
      ['identity', 'add', 'idp/ada', '--user', 'idp/joan'],
      'IDENTITY_REFUSED: Cannot add identity "idp/ada": it is an identity of "idp/ada"',
    ],
    [['identity', 'seen', 'ada'], 'COMMAND_MISUSED: Cannot read "ada": expected an identity such as "idp/ada"'],
    [['identity', 'seen', 'idp/ada', '--loa', '4'], 'COMMAND_MISUSED'],
    [['identity', 'seen', 'idp/ada', '--at', '2020-01-01'], 'COMMAND_MISUSED'],
    [['identity', 'seen', 'idp/ada', '--attribute', 'x'], 'COMMAND_MISUSED'],
    [['ban', 'add', 'idp/ada', '--reason', 'x'], 'COMMAND_MISUSED: Cannot tell what the ban is from'],
    [['ban', 'add', 'idp/ada', '--vo', 'astro', '--facility', 'hpc', '--reason', 'x'], 'COMMAND_MISUSED: Cannot tell'],
    [
      ['ban', 'add', 'idp/ada', '--resource', 'astro', '--reason', 'x'],
      'COMMAND_MISUSED: Cannot ban from resource "astro"',
    ],
    [['ban', 'add', 'idp/ada', '--vo', 'astro'], 'COMMAND_MISUSED'],
    [
      ['ban', 'add', 'idp/ada', '--facility', 'hpd', '--reason', 'x'],
      'OBJECT_UNKNOWN: Cannot ban anybody from facility "hpd"',
    ],
    [
      ['ban', 'remove', 'idp/ada', '--facility', 'hpc'],
      'BAN_REFUSED: Cannot change the ban of "idp/ada" from facility hpc',
    ],
    [['ban', 'add', 'idp/ada', '--vo', 'astro', '--reason', 'x', '--until', '2020-01-01'], 'BAN_REFUSED'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error ${message}`)
  })
})

describe('guildhall sponsor', () => {
  it('lets a sponsor answer for a guest, withdraw, and another take over', async () => {
    const mine = ['idp/guest', '--as', 'idp/annie']
    const added = await guildhall(['sponsor', 'add', 'astro', ...mine, '--until', '2099-12-01', '--reason', 'visit'])
    const removed = await guildhall(['sponsor', 'remove', 'astro', ...mine, '--json'])
    const list = await guildhall(['sponsor', 'list', '--sponsor', 'idp/annie'])
    const moved = await guildhall(['sponsor', 'transfer', 'idp/annie', 'idp/ada'])

    expect(added.stdout).toMatch(/astro +idp\/guest +idp\/annie +2099-12-01 +INVALID +2099-12-01\n$/)
    expect(JSON.parse(removed.stdout)).toMatchObject({
      sponsorships: [{ vo: 'astro', user: 'idp/guest', sponsor: 'idp/annie', sponsored: false, status: 'INVALID' }],
    })
    expect(list.stdout).toMatch(/astro +idp\/guest +idp\/annie +2\d{3}-\d\d-\d\d +withdrawn/)
    expect(moved.stdout).toMatch(/astro +idp\/guest +idp\/ada +2099-12-01 +INVALID +2099-12-01\n$/)
    expect((await guildhall(['sponsor', 'transfer', 'idp/annie', 'idp/ada'])).stdout).toBe('There is no such guest.\n')
  })

  it('reads guests from standard input, each with a sponsor of its own', async () => {
    const lines = ['{"user":"idp/g1","sponsor":"idp/ada"}', '{"user":"idp/g2","until":"2099-01-01"}']
    const { stdout, exitCode } = await guildhall(['sponsor', 'add', 'astro', '--sponsor', 'idp/mary'], lines.join('\n'))

    expect(exitCode).toBe(1)
    const [first = '', second = ''] = stdout.trimEnd().split('\n')
    expect(JSON.parse(first)).toMatchObject({ vo: 'astro', user: 'idp/g1', sponsor: 'idp/ada', sponsored: true })
    expect(JSON.parse(second)).toMatchObject({
      ...{ user: 'idp/g2', sponsor: 'idp/mary' },
      error: { code: 'MEMBERSHIP_REFUSED', facts: { reason: 'not-a-sponsor' } },
    })
  })

  it.each([
    [['sponsor', 'add', 'astro', 'idp/g'], 'COMMAND_MISUSED: Cannot tell who answers for "idp/g"'],
    [['sponsor', 'add', 'astro', 'g', '--sponsor', 'idp/ada'], 'COMMAND_MISUSED: Cannot act on "g"'],
    [['sponsor', 'add', 'astro', 'idp/g', '--sponsor', 'idp/ada', '--until', 'soon'], 'COMMAND_MISUSED'],
    [['sponsor', 'add', 'astr', 'idp/g', '--sponsor', 'idp/ada'], 'OBJECT_UNKNOWN: Cannot act on VO "astr"'],
    [
      ['sponsor', 'add', 'astro', 'idp/ada', '--sponsor', 'idp/ada'],
      'MEMBERSHIP_REFUSED: Cannot let "idp/ada" sponsor "idp/ada" in "astro": nobody is their own sponsor',
    ],
    [
      ['sponsor', 'transfer', 'idp/edwin', 'idp/ada', 'idp/g1', '--vo', 'astro'],
      'MEMBERSHIP_REFUSED: Cannot take "idp/g1" over from "idp/edwin" in "astro": this sponsor has no such guest',
    ],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error ${message}`)
  })
})

describe('guildhall service-account', () => {
  it('makes one with its owner, tells who may act for it, and shows both', async () => {
    const given = ['--owner', 'idp/grace', '--purpose', 'Mirror', '--may-act', 'password,email']
    const created = await guildhall(['service-account', 'create', 'github/mirror', ...given])
    const asked = ['service-account', 'act', 'github/mirror', '--as', 'idp/grace']
    const allowed = await guildhall([...asked, '--what', 'password', '--reason', 'lost'])
    const refused = await guildhall([...asked, '--what', 'shell'])
    const shown = await guildhall(['service-account', 'show', 'github/mirror'])
    const list = await guildhall(['service-account', 'list', '--owner', 'idp/ada', '--json'])

    expect(created.stdout).toMatch(/github\/mirror +idp\/grace +Mirror +password, email/)
    expect(allowed).toMatchObject({
      exitCode: 0,
      stdout: 'allowed: idp/grace may do "password" for github/mirror\n',
    })
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        'ACCOUNT_REFUSED: Cannot do "shell" for "github/mirror" as "idp/grace": "shell" is not what its owners may do: expected "password", "email"',
      ),
    })
    expect(shown.stdout).toMatch(/idp\/grace +shell +refused: not-permitted\n.+idp\/grace +password +allowed +lost/)
    expect(JSON.parse(list.stdout)).toEqual({
      accounts: [
        {
          ...{ account: 'github/backup-bot', owners: ['idp/ada', 'idp/joan'], purpose: 'Nightly backups' },
          mayAct: ['password', 'email'],
          declared: { file: 'instance/people.yaml', line: expect.any(Number) },
        },
      ],
    })
  })

  it('reads accounts and acts from standard input, and changes owners', async () => {
    const lines = '{"account":"github/m1","purpose":"One"}\n{"account":"github/backup-bot","purpose":"Two"}'
    const created = await guildhall(['service-account', 'create', '--owner', 'idp/grace'], lines)
    const acts = '{"account":"github/m1","what":"email"}\n{"account":"idp/ada","what":"email"}'
    const acted = await guildhall(['service-account', 'act', '--as', 'idp/grace'], acts)
    const more = await guildhall(['service-account', 'owner', 'add', 'github/m1', 'idp/joan', '--as', 'idp/grace'])
    const fewer = await guildhall(['service-account', 'owner', 'remove', 'github/m1', 'idp/grace', '--json'])

    expect(created.exitCode).toBe(1)
    expect(created.stdout).toMatch(
      /^\{"account":"github\/m1",.+\}\n\{"account":"github\/backup-bot","error":\{"code":"ACCOUNT_REFUSED",.+people\.yaml:\d+/,
    )
    expect(acted.stdout.split('\n').map((line) => /"allowed":false.+"reason":"([^"]+)"/.exec(line)?.[1])).toEqual([
      ...['not-permitted', 'not-an-account', undefined],
    ])
    expect(more.stdout).toMatch(/github\/m1 +idp\/grace, idp\/joan/)
    expect(JSON.parse(fewer.stdout)).toMatchObject({ accounts: [{ account: 'github/m1', owners: ['idp/joan'] }] })
  })

  it.each([
    [['service-account', 'create', 'github/x', '--owner', 'idp/ada'], 'COMMAND_MISUSED: Cannot make service account'],
    [['service-account', 'create', 'github/x', '--purpose', 'x'], 'COMMAND_MISUSED: Cannot make service account'],
    [
      ['service-account', 'create', 'github/x', '--purpose', 'x', '--owner', 'idp/ada', '--may-act', 'Do It'],
      'COMMAND_MISUSED',
    ],
    [
      ['service-account', 'act', 'github/backup-bot', '--as', 'idp/ada'],
      'COMMAND_MISUSED: Cannot tell what is to be done',
    ],
    [
      ['service-account', 'act', 'github/backup-bot', '--as', 'idp/nobody', '--what', 'email'],
      'IDENTITY_UNKNOWN: Cannot act as "idp/nobody"',
    ],
    [['service-account', 'show', 'idp/ada'], 'OBJECT_UNKNOWN: Cannot show "idp/ada": it is no service account'],
    [
      ['service-account', 'owner', 'remove', 'github/backup-bot', 'idp/ada'],
      'ACCOUNT_REFUSED: Cannot remove owners of "github/backup-bot": instance/people.yaml:',
    ],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error ${message}`)
  })
})

describe('guildhall identity', () => {
  it('notes sightings from standard input, a line each, and says how the people stand', async () => {
    const lines = [
      '{"identity":"idp/ada","loa":2,"at":"2026-01-02T03:04:05Z","attributes":{"eppn":"ada@example.org"}}',
      '{"identity":"idp/nobody-knows"}',
    ]
    const { stdout, exitCode } = await guildhall(['identity', 'seen'], lines.join('\n'))

    expect(exitCode).toBe(1)
    const [seen, refused] = stdout.trimEnd().split('\n')
    expect(JSON.parse(seen ?? '')).toMatchObject({
      ...{ identity: 'idp/ada', user: 'idp/ada', loa: 2, seen: '2026-01-02T03:04:05.000Z' },
      memberships: [{ vo: 'astro', status: 'VALID' }],
    })
    expect(JSON.parse(refused ?? '')).toMatchObject({
      ...{ identity: 'idp/nobody-knows', error: { code: 'IDENTITY_REFUSED', facts: { reason: 'identity-unknown' } } },
    })
    const wrong = await guildhall(['identity', 'seen'], '{"identity":"idp/ada","loa":7}')
    expect(wrong.stderr).toContain(
      'Cannot read line 1: loa: expected a number from 0 to 3, got the number 7; nothing was done',
    )
  })

  it('joins one to a person, who is printed with all memberships', async () => {
    const { stdout } = await guildhall(['identity', 'add', 'github/ada-2', '--user', 'idp/ada', '--loa', '1'])

    expect(stdout).toMatch(/github\/ada-2 +idp\/ada +1 +2\d{3}-\S+ .+astro VALID/)
  })
})

describe('guildhall notices and mail', () => {
  it('let somebody decline the notices of an end, of whom there is one', async () => {
    await guildhall(['member', 'add', 'astro', 'idp/leaving', '--expires', '2027-02-01'])

    const declined = await guildhall(['notices', 'decline', 'astro', 'idp/leaving', '--as', 'idp/leaving'])
    const refused = await guildhall(['notices', 'decline', 'history', 'idp/mary'])

    expect(declined.stdout).toBe(
      'No more notices to "idp/leaving" that the membership of VO "astro" ends on 2027-02-01.\n',
    )
    expect(refused.stderr).toContain(
      'MEMBERSHIP_REFUSED: Cannot decline notices to "idp/mary" in "history": the membership has no date',
    )
  })

  it('list mails and send one again', async () => {
    await database.pool.query(
      `insert into mail (key, message_id, recipient, subject, body, queued_at, next_attempt_at, state, reply)
       values ('k/1', 'm@x', 'ada@example.org', 'S', 'B', $1, $1, 'unknown', 'lost')`,
      [new Date('2026-01-02T03:04:05Z')],
    )

    const before = await guildhall(['mail', 'list', '--state', 'unknown'])
    const resent = await guildhall(['mail', 'resend', 'k/1'])
    const after = await guildhall(['mail', 'list', '--json'])

    expect(before.stdout).toMatch(/k\/1 +ada@example\.org +unknown/)
    expect(resent.stdout).toBe('It goes out again.\n')
    expect(JSON.parse(after.stdout)).toMatchObject({ mails: [{ key: 'k/1', state: 'queued', user: null }] })
    expect((await guildhall(['mail', 'resend', 'k/2'])).stderr).toContain('MAIL_REFUSED')
  })
})
