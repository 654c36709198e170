import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { aboutPeople, vo } from './application-documents.ts'
import { openStory, type Story } from './application-story.ts'

jest.setTimeout(240_000)

const form = `
  items:
    - { name: login, type: login, fills: user.login }
    - { name: institute, type: text, fills: member.institute }
    - { name: terms, type: terms }
  approval: { rejectAfter: P60D }`
const spec = `
  managers: [{ user: idp/ada }]
  requires: { attributes: [member.institute] }
  terms: { version: "1", file: terms.md }`
const files = new Map([
  [
    'all.yaml',
    [
      aboutPeople,
      vo('yearly', `${spec}\n  expiration: { extendBy: P1Y, disableAfter: P30D, deleteAfter: P60D }`, form),
      vo('lasting', spec, form),
      vo('idle', `${spec}\n  expiration: { disableAfter: P30D, deleteAfter: P60D }`, form),
    ].join(''),
  ],
  ['terms.md', 'Be kind.\n'],
])

interface Case {
  /** With rules that give time; without any; with rules that end memberships and give no time. */
  readonly vo: 'idle' | 'lasting' | 'yearly'
  readonly end: `${'deleted' | 'disabled' | 'expired'}-${'clock' | 'manager' | 'self'}`
  /** Once it is over. */
  readonly over: string
  /** Once they are back. */
  readonly back: string
}
type End = Case['end']

/**
 * VO, how the membership ends and how it stands then, and once they applied again. `expired-self` is missing: nobody sets a date of
 * their own, and who leaves is DISABLED. `deleted-self` are those who left, so long ago that the clock deletes them: nobody deletes
 * themselves. Without any rules no clock disables or deletes, so `lasting` lacks those.
 */
const cases = [
  { vo: 'yearly', end: 'expired-manager', over: 'EXPIRED 2040-06-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'disabled-manager', over: 'DISABLED 2041-03-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'disabled-self', over: 'DISABLED 2041-03-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'deleted-manager', over: 'gone', back: 'INVALID 2041-06-02' },
  { vo: 'yearly', end: 'deleted-self', over: 'gone', back: 'INVALID 2041-07-31' },
  { vo: 'yearly', end: 'expired-clock', over: 'EXPIRED 2041-03-01', back: 'VALID 2042-03-02' },
  { vo: 'yearly', end: 'disabled-clock', over: 'DISABLED 2041-03-01', back: 'VALID 2042-04-01' },
  { vo: 'yearly', end: 'deleted-clock', over: 'gone', back: 'INVALID 2042-05-30' },
  { vo: 'lasting', end: 'expired-manager', over: 'EXPIRED 2040-06-01', back: 'VALID' },
  { vo: 'lasting', end: 'disabled-manager', over: 'DISABLED', back: 'VALID' },
  { vo: 'lasting', end: 'disabled-self', over: 'DISABLED', back: 'VALID' },
  { vo: 'lasting', end: 'deleted-manager', over: 'gone', back: 'INVALID' },
  { vo: 'lasting', end: 'expired-clock', over: 'EXPIRED 2041-03-01', back: 'VALID' },
  { vo: 'idle', end: 'disabled-clock', over: 'DISABLED 2041-03-01', back: 'VALID' },
  { vo: 'idle', end: 'deleted-self', over: 'gone', back: 'INVALID' },
  { vo: 'idle', end: 'deleted-clock', over: 'gone', back: 'INVALID' },
] as const satisfies readonly Case[]

const deleted = ['deleted-manager', 'deleted-self', 'deleted-clock'] as const

/** Who was deleted is no member, and so has nothing to be extended. */
const kindsOf = (end: End) => (end.startsWith('deleted') ? (['initial'] as const) : (['initial', 'extension'] as const))
const people = cases.flatMap((one) =>
  kindsOf(one.end).map((kind) => ({ ...one, kind, user: `idp/${one.vo}-${one.end}-${kind}` })),
)
type Somebody = (typeof people)[number]

const vos = ['yearly', 'lasting', 'idle'] as const
const named = (...ends: readonly End[]) => people.filter(({ end }) => ends.includes(end))
const usersOf = (name: Case['vo'], ...ends: readonly End[]) =>
  named(...ends).flatMap((one) => (one.vo === name ? [one.user] : []))

let story: Story
beforeAll(async () => {
  story = await openStory({ from: '2040-03-01', files, vos })
})
afterAll(async () => story.close())

/** How they stand, and what the delivered file says of them. */
async function standing(of: readonly Somebody[]): Promise<object> {
  const found = await Promise.all(
    of.map(async ({ vo: name, user }) => [
      user,
      [
        (await story.members(name))[user] ?? 'gone',
        (story.delivered(name)[user] ?? 'not delivered').replace(/\d+$/, uidOf(user)),
      ],
    ]),
  )
  return Object.fromEntries(found) as object
}

/** In whose order they got their accounts is nobody's concern, but theirs stays theirs. */
const uids = new Map<string, string>()

function uidOf(user: string): (uid: string) => string {
  return (uid) => {
    if (!uids.has(user)) uids.set(user, uid)
    return uids.get(user) === uid ? 'own uid' : `uid ${uid}, which is another`
  }
}

const expected = (of: readonly Somebody[], what: (one: Somebody) => string): object =>
  Object.fromEntries(of.map((one) => [one.user, [what(one), inFile(what(one))]]))

function inFile(member: string): string {
  const [status = ''] = member.split(' ')
  return status === 'VALID' || status === 'EXPIRED' ? `${status} own uid` : 'not delivered'
}

const asAda = ['--as', 'idp/ada', '--reason', 'moved'] as const

async function approve(ids: readonly string[]): Promise<void> {
  await story.guildhall('application', 'approve', ...ids, '--as', 'idp/ada')
}

type Commands = (vo: Case['vo'], users: readonly string[]) => readonly (readonly string[])[]

const setDate =
  (date: string): Commands =>
  (...[name, users]) => [['member', 'expires', name, ...users, '--expires', date, ...asAda]]
const asManager =
  (act: 'delete' | 'disable'): Commands =>
  (...[name, users]) => [['member', act, name, ...users, ...asAda]]
const leave: Commands = (...[name, users]) => users.map((user) => ['member', 'leave', name, user, '--as', user])

/** What is done at the first end, to whom; the dates of `yearly` are those that its rules gave. */
const acts: readonly (readonly [End, Commands, (readonly Case['vo'][])?])[] = [
  ['expired-manager', setDate('2040-06-01')],
  ['disabled-manager', asManager('disable')],
  ['deleted-manager', asManager('delete')],
  ['disabled-self', leave],
  ['deleted-self', leave],
  ['expired-clock', setDate('2041-03-01'), ['lasting']],
  ['disabled-clock', setDate('2041-03-01'), ['idle']],
  ['deleted-clock', setDate('2041-03-01'), ['idle']],
]

describe('a membership', () => {
  it('comes of an application', async () => {
    const joining = people.map(({ vo: name, user }) => {
      const login = user.replace('idp/', '').replaceAll('-', '').slice(0, 32)
      return { vo: name, identity: user, answers: { login, institute: 'MU', terms: '1' } }
    })
    await approve(await story.file(...joining))

    expect(await standing(people)).toEqual(
      expected(people, ({ vo: name }) => (name === 'yearly' ? 'VALID 2041-03-01' : 'VALID')),
    )
  })

  it('is neither dated nor deleted by whose it is', async () => {
    const [self = ''] = usersOf('yearly', 'disabled-self')

    const refused = [
      await story.refused('member', 'expires', 'yearly', self, '--expires', '2040-06-01', '--as', self),
      await story.refused('member', 'delete', 'yearly', self, '--as', self),
    ]

    expect(refused).toEqual(['ACTOR_NOT_ELIGIBLE', 'ACTOR_NOT_ELIGIBLE'])
  })

  it('ends as a manager says, or as whoever leaves says, and one that is deleted is not extended', async () => {
    await story.passTo('2040-06-01')
    await story.inTurn(
      acts.flatMap(([end, commands, only = vos]) =>
        only.flatMap((name) => (usersOf(name, end).length > 0 ? commands(name, usersOf(name, end)) : [])),
      ),
    )
    const extending: string[] = []
    for (const { vo: name, user } of named('deleted-manager'))
      extending.push(await story.refusedFiling({ vo: name, identity: user, kind: 'extension' }))

    const over = named('expired-manager', 'disabled-manager', 'deleted-manager', 'disabled-self')
    expect(await standing(over)).toEqual(expected(over, (one) => one.over))
    expect(extending).toEqual(['not-a-member', 'not-a-member'])
  })

  it.each<readonly [string, readonly End[]]>([
    ['2040-06-02', ['expired-manager', 'disabled-manager', 'disabled-self', 'deleted-manager']],
    ['2040-07-31', ['deleted-self']],
    ['2041-03-02', ['expired-clock']],
    ['2041-04-01', ['disabled-clock']],
    ['2041-05-30', ['deleted-clock']],
  ])(
    'comes back by another application on %s, with the same uid and as the rules say, once it ended as %j',
    async (...[day, ends]) => {
      const back = named(...ends)
      await story.passTo(day)
      const over = await standing(back)
      await approve(await story.file(...back.map(({ vo: name, user, kind }) => ({ vo: name, identity: user, kind }))))

      expect({ over, back: await standing(back) }).toEqual({
        over: expected(back, (one) => one.over),
        back: expected(back, (one) => one.back),
      })
    },
  )
  it('that was deleted brings back neither the acceptance of the terms nor values of before', async () => {
    const anew = named(...deleted)
    const owing: string[] = []
    for (const name of vos) owing.push(...owingIn(await story.guildhall('terms', 'list', name, '--json')))
    await story.inTurn(vos.map((name) => ['terms', 'accept', name, ...usersOf(name, ...deleted)]))
    const accepted = await standing(anew)
    await story.inTurn(
      anew.map(({ vo: name, user }) => ['attribute', 'set', `member:${name}/${user}`, 'institute', 'CU']),
    )

    expect(owing.sort()).toEqual(anew.map(({ user }) => user).sort())
    expect(accepted).toEqual(expected(anew, ({ back }) => back))
    expect(await standing(anew)).toEqual(expected(anew, ({ back }) => back.replace('INVALID', 'VALID')))
  })
})

function owingIn(printed: string): readonly string[] {
  const { members } = JSON.parse(printed) as { members: readonly { user: string }[] }
  return members.map(({ user }) => user)
}
