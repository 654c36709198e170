import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

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

  it('passes on guests from standard input, and answers each line in each VO', async () => {
    await guildhall(['sponsor', 'add', 'astro', 'idp/t1', 'idp/t2', '--sponsor', 'idp/ada'])
    const lines = [
      '{"sponsor":"idp/ada","to":"idp/annie","user":"idp/t1"}',
      '{"sponsor":"idp/ada","to":"idp/annie","user":"idp/nobody"}',
      '{"sponsor":"idp/mary","to":"idp/annie","vo":"astor"}',
      '{"sponsor":"idp/annie","to":"idp/ada","vo":"history"}',
    ]
    const { stdout, exitCode } = await guildhall(['sponsor', 'transfer', '--reason', 'moved'], lines.join('\n'))

    expect(exitCode).toBe(1)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      {
        ...{ vo: 'astro', user: 'idp/t1', sponsor: 'idp/annie', sponsored: true },
        ...{ until: expect.any(String), status: 'INVALID', expires: expect.any(String) },
      },
      {
        ...{ vo: null, user: 'idp/nobody', sponsor: 'idp/ada' },
        error: {
          code: 'MEMBERSHIP_REFUSED',
          message: 'Cannot take "idp/nobody" over from "idp/ada": nobody has the identity "idp/nobody"',
          facts: { user: 'idp/nobody', sponsor: 'idp/ada', reason: 'identity-unknown' },
        },
      },
      {
        ...{ vo: 'astor', user: null, sponsor: 'idp/mary' },
        error: {
          code: 'OBJECT_UNKNOWN',
          message:
            'Cannot take guests over from "idp/mary" in "astor": VO "astor" is not in force; did you mean "astro"?',
          facts: { sponsor: 'idp/mary', reason: 'vo-unknown' },
        },
      },
      {
        ...{ vo: 'history', user: null, sponsor: 'idp/annie', sponsored: false },
        ...{ until: null, status: null, expires: null },
      },
    ])
  })

  it.each([
    ['{"sponsor":"idp/ada"}', 'to: expected an identity such as "idp/grace", got nothing'],
    ['{"to":"idp/ada"}', 'sponsor: expected an identity such as "idp/ada", got nothing'],
    ['{"sponsor":"idp/ada","to":"idp/grace","user":"g"}', 'user: expected an identity such as "idp/guest", got "g"'],
    [
      '{"sponsor":"idp/ada","to":"idp/grace","vo":7}',
      'vo: expected the name of a VO such as "astro", got the number 7',
    ],
    ['{"sponsor":"idp/ada","to":"idp/grace","until":"2099-01-01"}', 'expected an object such as {"sponsor":'],
  ])('passes on nobody where a line is %s', async (line, message) => {
    const { exitCode, stderr } = await guildhall(['sponsor', 'transfer'], line)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error LINE_INVALID: Cannot read line 1: ${message}`)
  })

  it.each([
    [
      ['sponsor', 'transfer', 'idp/ada'],
      'COMMAND_MISUSED: Cannot pass on guests of "idp/ada" to nobody: expected who takes over',
    ],
    [
      ['sponsor', 'transfer', 'idp/nobody', 'idp/ada'],
      'MEMBERSHIP_REFUSED: Cannot take guests over from "idp/nobody": nobody has the identity "idp/nobody"',
    ],
    [
      ['sponsor', 'transfer', 'idp/ada', 'idp/annie', '--vo', 'astor'],
      'OBJECT_UNKNOWN: Cannot take guests over from "idp/ada" in "astor": VO "astor" is not in force; did you mean "astro"?',
    ],
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
    expect(shown.stdout).toMatch(
      /idp\/grace \(unauthenticated\) +shell +refused: not-permitted\n.+idp\/grace \(unauthenticated\) +password +allowed +lost/,
    )
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

  it('changes owners from standard input, and answers what each line may', async () => {
    const accounts = '{"account":"github/n1","owners":["idp/annie"]}\n{"account":"github/n2","owners":["idp/joan"]}'
    await guildhall(['service-account', 'create', '--purpose', 'Numbers'], accounts)

    const ada = '{"account":"github/n1","owners":["idp/ada"]}\n{"account":"github/n2","owners":["idp/ada"]}'
    const added = await guildhall(['service-account', 'owner', 'add', '--as', 'idp/annie'], ada)
    const removed = await guildhall(['service-account', 'owner', 'remove', '--reason', 'moved on'], ada)

    expect(added.exitCode).toBe(1)
    const [first = '', second = ''] = added.stdout.trimEnd().split('\n')
    expect(JSON.parse(first)).toMatchObject({ account: 'github/n1', owners: ['idp/ada', 'idp/annie'] })
    expect(JSON.parse(second)).toEqual({
      account: 'github/n2',
      error: {
        code: 'ACCOUNT_REFUSED',
        message:
          'Cannot add owners of "github/n2": "idp/annie" may not: expected an owner of it, or an admin of the instance',
        facts: { account: 'github/n2', reason: 'not-allowed' },
      },
    })
    expect(removed.stdout).toMatch(/^\{"account":"github\/n1","owners":\["idp\/annie"\].+\n.+"reason":"not-an-owner"/)
  })

  it.each([
    ['{"account":"github/n1"}', 'owners: expected at least one identity such as "idp/ada", got nothing'],
    ['{"account":"github/n1","owners":[]}', 'owners: expected at least one identity'],
    ['{"account":"github/n1","owners":"idp/ada"}', 'owners: expected identities such as "idp/ada", got "idp/ada"'],
    ['{"account":"github/n1","owners":["idp/ada"],"purpose":"x"}', 'expected an object such as {"account":'],
  ])('changes no owner where a line is %s', async (line, message) => {
    const { exitCode, stderr } = await guildhall(['service-account', 'owner', 'add'], line)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error LINE_INVALID: Cannot read line 1: ${message}`)
  })

  it.each([
    [['service-account', 'create', 'github/x', '--owner', 'idp/ada'], 'COMMAND_MISUSED: Cannot make service account'],
    [['service-account', 'create', 'github/x', '--purpose', 'x'], 'COMMAND_MISUSED: Cannot make service account'],
    [
      ['service-account', 'create', 'github/x', '--purpose', 'x', '--owner', 'idp/ada', '--may-act', 'Do It'],
      'COMMAND_MISUSED',
    ],
    [
      ['service-account', 'owner', 'add', 'github/backup-bot'],
      'COMMAND_MISUSED: Cannot change who answers for "github/backup-bot" without a name',
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
