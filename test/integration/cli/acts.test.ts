import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall, pool } = onSample()

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
      ['member', 'expires', 'astro', 'idp/one', '2026-01-01', '--never'],
      'COMMAND_MISUSED: Cannot act on "2026-01-01": expected an identity such as "idp/ada"; a date goes with its option, `--expires`',
    ],
    [
      ['identity', 'seen', 'idp/one', '2'],
      'COMMAND_MISUSED: Cannot read "2": expected an identity such as "idp/ada"; a level of assurance goes with its option: `--loa 2`',
    ],
    [
      ['member', 'expires', 'astro', 'idp/one', 'never'],
      'COMMAND_MISUSED: Cannot act on "never": expected an identity such as "idp/ada"; no end is said by the option `--never`',
    ],
    [
      ['identity', 'seen', 'idp/one', 'mail=a@b.org'],
      'COMMAND_MISUSED: Cannot read "mail=a@b.org": expected an identity such as "idp/ada"; what a source says goes with its option: `--attribute mail=a@b.org`',
    ],
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
    const list = await guildhall(['ban', 'list', '--vo', 'astro', '--user', 'idp/annie', '--json'])
    const others = await guildhall(['ban', 'list', '--user', 'idp/ada'])
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
    expect(others.stdout).toBe('There is no such ban.\n')
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

  it('takes the reason and the day of a line before those of the options', async () => {
    const lines = ['{"user":"idp/grace","reason":"stolen keys","until":null}', '{"user":"idp/annie"}']
    const until = ['--until', '2027-03-01']
    await guildhall(['ban', 'add', '--vo', 'astro', '--reason', 'abuse', ...until], lines.join('\n'))
    const { stdout } = await guildhall(['ban', 'list', '--vo', 'astro', '--json'])
    await guildhall(['ban', 'remove', '--vo', 'astro'], '{"user":"idp/grace"}\n{"user":"idp/annie"}')

    expect(JSON.parse(stdout)).toMatchObject({
      bans: [
        { user: 'idp/annie', reason: 'abuse', until: '2027-03-01' },
        { user: 'idp/grace', reason: 'stolen keys', until: null },
      ],
    })
    expect((await guildhall(['ban', 'list'])).stdout).toBe('Nobody is banned.\n')
  })

  it.each([
    ['{"user":"idp/grace"}', 'reason: expected words such as "abuse", here or by `--reason` for all, got nothing'],
    ['{"user":"idp/grace","reason":" "}', 'reason: expected words'],
    ['{"user":"idp/grace","reason":"x","until":"soon"}', 'until: expected a day such as "2027-01-31", or null'],
    ['{"user":"idp/grace","expires":null}', 'expected an object such as {"user": "idp/mallory"}'],
    ['{"user":"grace"}', 'user: expected an identity such as "idp/mallory", got "grace"'],
  ])('bans nobody where a line is %s', async (line, message) => {
    const { exitCode, stderr } = await guildhall(['ban', 'add', '--vo', 'astro'], line)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error LINE_INVALID: Cannot read line 1: ${message}`)
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
    [
      ['ban', 'add', 'idp/ada', '--vo', 'astro', '--facility', 'hpc', '--reason', 'x'],
      'COMMAND_MISUSED: Cannot ban from 2',
    ],
    [['ban', 'list', '--vo', 'astro', '--facility', 'hpc'], 'COMMAND_MISUSED: Cannot list bans from 2 places'],
    [['ban', 'list', '--resource', 'astro'], 'COMMAND_MISUSED: Cannot list bans from resource "astro"'],
    [['ban', 'list', '--user', 'ada'], 'COMMAND_MISUSED: Cannot read "ada": expected an identity'],
    [['ban', 'list', '--facility', 'hpd'], 'OBJECT_UNKNOWN: Cannot list bans from facility "hpd"'],
    [
      ['ban', 'add', 'idp/ada', '--resource', 'astro', '--reason', 'x'],
      'COMMAND_MISUSED: Cannot ban from resource "astro"',
    ],
    [['ban', 'add', 'idp/ada', '--vo', 'astro'], 'COMMAND_MISUSED: Cannot ban anybody without a reason'],
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

describe('guildhall notices and mail', () => {
  it('let somebody decline the notices of an end, of whom there is one', async () => {
    await guildhall(['member', 'add', 'astro', 'idp/leaving', '--expires', '2027-02-01'])

    const declined = await guildhall(['notices', 'decline', 'astro', 'idp/leaving', '--as', 'idp/leaving'])
    const refused = await guildhall(['notices', 'decline', 'history', 'idp/mary'])

    expect(declined.stdout).toMatch(/^idp\/leaving +declined +2027-01-31$/m)
    expect(refused.stderr).toContain(
      'MEMBERSHIP_REFUSED: Cannot decline notices to "idp/mary" in "history": the membership has no date',
    )
  })

  it('decline for many from standard input, and answer each in a line', async () => {
    await guildhall(['member', 'add', 'astro', 'idp/leaving', '--expires', '2027-02-01'])

    const { stdout, exitCode } = await guildhall(
      ['notices', 'decline', 'astro', '--reason', 'the project ends'],
      '{"user":"idp/leaving"}\n{"user":"idp/nobody"}',
    )

    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^\{"user":"idp\/leaving","declined":true,"date":"2027-02-01"\}\n\{"user":"idp\/nobody","error":\{"code":"MEMBERSHIP_REFUSED"/,
    )
  })

  it('list mails and send one again', async () => {
    await pool().query(
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

  it('let who got a mail decline by its key, of which nobody else has any use', async () => {
    await guildhall(['member', 'expires', 'astro', 'idp/leaving', '--expires', '2027-03-17'])
    await pool().query(
      `with told as (
         insert into mail (key, message_id, recipient, subject, body, queued_at, next_attempt_at, state, key_hash)
         values ('k/2', 'k@x', 'x@example.org', 'S', 'B', now(), now(), 'sent', sha256('4f')) returning id
       )
       insert into notice (vo_id, person_id, kind, date, due_at, mail_id)
       select mb.vo_id, mb.person_id, 'before-P8D', mb.expires, now(), told.id
       from told, member mb where mb.expires = '2027-03-17'`,
    )

    const misused = await guildhall(['notices', 'decline', 'astro', 'idp/leaving', '--key', '4f'])
    const declined = await guildhall(['notices', 'decline', '--key', '-'], '4f\n')
    const again = await guildhall(['notices', 'decline', 'astro', '--key', '4f'])

    expect(misused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('COMMAND_MISUSED') })
    expect(declined.stdout).toMatch(/^idp\/leaving +declined +astro +2027-03-16$/m)
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('KEY_REFUSED') })
  })
})
