import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

describe('what nobody has or nothing is called', () => {
  it.each([
    [['member', 'remove', 'astro', 'idp/grase'], 'nobody has the identity "idp/grase"; did you mean "idp/grace"?'],
    [
      ['group', 'add', 'astro/telescope', 'idp/grase'],
      'nobody has the identity "idp/grase"; did you mean "idp/grace"?',
    ],
    [
      ['member', 'add', 'astro', 'ipd/new'],
      'nobody has the identity "ipd/new": there is no source "ipd"; did you mean',
    ],
    [['ban', 'add', 'ipd/x', '--vo', 'astro', '--reason', 'x'], 'there is no source "ipd"; did you mean "idp"?'],
    [['ban', 'list', '--user', 'idp/nobody'], 'IDENTITY_UNKNOWN: Cannot list bans of "idp/nobody"'],
    [
      ['sponsor', 'list', '--vo', 'astor'],
      'OBJECT_UNKNOWN: Cannot list the guests of VO "astor": it is not in force; did',
    ],
    [['sponsor', 'list', '--sponsor', 'idp/nobody'], 'IDENTITY_UNKNOWN: Cannot list the guests of "idp/nobody"'],
    [
      ['service-account', 'list', '--owner', 'idp/nobody'],
      'IDENTITY_UNKNOWN: Cannot list the accounts of "idp/nobody"',
    ],
    [
      ['service-account', 'show', 'github/bakcup-bot'],
      'OBJECT_UNKNOWN: Cannot show "github/bakcup-bot": it is no service account; did you mean "github/backup-bot"?',
    ],
    [
      ['service-account', 'owner', 'add', 'github/backup-bt', 'idp/grace'],
      'Cannot add owners of "github/backup-bt": it is no service account; did you mean "github/backup-bot"?',
    ],
    [
      ['service-account', 'act', 'github/backup-bt', '--as', 'idp/ada', '--what', 'password'],
      'for "github/backup-bt" as "idp/ada": it is no service account; did you mean "github/backup-bot"?',
    ],
    [['service-account', 'show', 'idp/ada'], 'it is no service account; `guildhall service-account create` makes one'],
    [
      ['audit', 'list', '--vo', 'astor'],
      'OBJECT_UNKNOWN: Cannot list events of VO "astor": it is not in force; did you',
    ],
    [
      ['member', 'add', 'astro/telescope', 'idp/grace'],
      'expected a VO such as "astro"; `guildhall group` acts on groups',
    ],
    [['attribute', 'get', 'user:idp/grace', 'emial'], 'no attribute "user.emial"; did you mean "user.email"?\n'],
  ])('is told for %j, with what may be meant', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
  })
})

describe('texts and times that are none', () => {
  it.each([
    [['identity', 'seen', 'idp/ada', '--at', '2026-02-30T00:00:00Z'], 'expected a time such as 2026-11-01T08:30:00Z'],
    [
      ['member', 'add', 'astro', 'idp/x', '--reason', 'a\u001b[31m'],
      'expected a reason on one line, got a line break or',
    ],
    [['member', 'add', 'astro', 'idp/x', '--reason', '\ud800'], 'expected a reason on one line, got a line break or'],
    [
      ['member', 'add', 'astro', 'idp/x', '--reason', 'two\nlines'],
      'expected a reason on one line, got a line break or',
    ],
    [
      ['member', 'add', 'astro', 'idp/x', '--reason', 'x'.repeat(1001)],
      'expected a reason of at most 1000 characters, got 1001',
    ],
  ])('are refused in %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
  })

  it.each([
    [['member', 'add', 'astro'], '{"user":"idp/x","reason":"a\\u0007"}', 'reason: expected words such as'],
    [
      ['member', 'add', 'astro'],
      `{"user":"idp/x","reason":"${'x'.repeat(1001)}"}`,
      'reason: expected words such as "left the institute" of at most 1000 characters, got 1001',
    ],
    [['terms', 'accept', 'astro'], '{"user":"idp/x","version":"a\\u0000"}', 'got the character \\u0000 too'],
    [
      ['identity', 'remove'],
      '{"identity":"idp/x","loa":2}',
      'expected an object such as {"identity": "idp/ada.old"}, got',
    ],
    [['identity', 'seen'], '{"identity":"idp/x","user":"idp/ada"}', 'got the key "user" too'],
    [['sponsor', 'add', 'astro'], '{"user":"idp/x"}', 'sponsor: expected an identity such as "idp/ada", here or by'],
    [['service-account', 'create'], '{"account":"github/x","purpose":"x"}', 'owners: expected at least one identity'],
    [['service-account', 'create', '--owner', 'idp/ada'], '{"account":"github/x"}', 'purpose: expected words such as'],
    [
      ['service-account', 'act', '--as', 'idp/ada'],
      '{"account":"github/x"}',
      'what: expected a word such as "password"',
    ],
  ])('are told of %j with the number of the line', async (args, line, message) => {
    const { exitCode, stderr } = await guildhall(args, `\n${line}`)

    expect(exitCode).toBe(1)
    expect(stderr).toContain('error LINE_INVALID: Cannot read line 2: ')
    expect(stderr).toContain(message)
    expect(stderr).toContain('; nothing was done')
  })
})

describe('a value with characters that cannot be kept', () => {
  const inTheValue = 'expected printable text, got a line break or another control character'

  it.each([
    [['user:idp/tycho', 'sshKeys', String.raw`["\u0000"]`], inTheValue],
    [['user:idp/tycho', 'sshKeys', String.raw`["ssh-ed25519 AAAA\u0007"]`], inTheValue],
    [['user:idp/tycho', 'sshKeys', String.raw`["\ud800"]`], inTheValue],
    [['user:idp/tycho', 'email', 'a\u0000@example.org'], inTheValue],
    [['user:idp/tycho', 'email', 'a\u0007@example.org'], inTheValue],
    [['user:idp/tycho', 'email', '\ud800'], inTheValue],
    [['user:idp/tycho', 'room', '\u0000'], 'there is no attribute "user.room"'],
    [['user:idp/tycho', 'e\u0000mail', 'x'], 'expected a name such as "user.shell"'],
    [['user:idp/ty\u0000cho', 'email', 'x'], 'Cannot read holder "user:idp/ty'],
  ])('is refused where %j sets it', async (args, message) => {
    const { exitCode, stderr } = await guildhall(['attribute', 'set', ...args])

    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('UNEXPECTED')
  })

  it.each([
    [String.raw`{"holder":"user:idp/tycho","name":"email","value":"\ud800"}`, String.raw`got the character \ud800 too`],
    [String.raw`{"holder":"user:idp/tycho","name":"sshKeys","value":["\u0000"]}`, String.raw`the character \u0000 too`],
    [
      String.raw`{"holder":"user:idp/tycho","name":"x","value":{"\udc00":"y"}}`,
      String.raw`got the character \udc00 too`,
    ],
  ])('is refused on line %j', async (line, message) => {
    const { exitCode, stderr } = await guildhall(['attribute', 'set'], line)

    expect(exitCode).toBe(1)
    expect(stderr).toContain('error LINE_INVALID: Cannot read line 1: ')
    expect(stderr).toContain(message)
  })
})

describe('somebody who is named twice', () => {
  it('is told the same twice, and refused another date than before', async () => {
    const reasons = async (lines: readonly string[], args: readonly string[]): Promise<unknown[]> => {
      const { stdout } = await guildhall(args, lines.join('\n'))
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly error?: { readonly facts: object } }).error?.facts ?? 'done')
    }
    const mary = '{"user":"idp/mary"}'
    const refused = { user: 'idp/mary', reason: 'not-a-member' }

    expect(await reasons([mary, mary], ['group', 'add', 'astro/telescope'])).toEqual([refused, refused])
    expect(
      await reasons(
        [
          '{"user":"idp/t1","expires":"2099-01-01"}',
          '{"user":"idp/t1","expires":"2099-01-01"}',
          '{"user":"idp/t1","expires":"2099-02-01"}',
        ],
        ['member', 'add', 'astro'],
      ),
    ).toEqual(['done', 'done', { user: 'idp/t1', reason: 'named-twice' }])
  })
})
