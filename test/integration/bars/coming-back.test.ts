import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { aboutPeople, vo } from './application-documents.ts'
import { openStory, type Story } from './application-story.ts'

jest.setTimeout(240_000)

const form = `
  items: [{ name: login, type: login, fills: user.login }]
  approval: { rejectAfter: P60D }`
const managers = 'managers: [{ user: idp/ada }]'
const files = new Map([
  [
    'all.yaml',
    [
      aboutPeople,
      vo('yearly', `\n  ${managers}\n  expiration: { extendBy: P1Y, disableAfter: P30D }`, form),
      vo('lasting', `\n  ${managers}`, form),
      vo('idle', `\n  ${managers}\n  expiration: { disableAfter: P30D }`, form),
    ].join(''),
  ],
])

type End = 'disabled-clock' | 'disabled-manager' | 'disabled-self' | 'expired-clock' | 'expired-manager'

interface Case {
  readonly vo: 'idle' | 'lasting' | 'yearly'
  readonly end: End
  /** Once it is over. */
  readonly over: string
  /** Once they are back. */
  readonly back: string
}

/** VO, how the membership ends and how it stands then, and once they applied again. */
const cases = [
  { vo: 'yearly', end: 'expired-manager', over: 'EXPIRED 2040-06-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'disabled-manager', over: 'DISABLED 2041-03-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'disabled-self', over: 'DISABLED 2041-03-01', back: 'VALID 2041-06-02' },
  { vo: 'yearly', end: 'expired-clock', over: 'EXPIRED 2041-03-01', back: 'VALID 2042-03-02' },
  { vo: 'yearly', end: 'disabled-clock', over: 'DISABLED 2041-03-01', back: 'VALID 2042-04-01' },
  { vo: 'lasting', end: 'expired-manager', over: 'EXPIRED 2040-06-01', back: 'VALID' },
  { vo: 'lasting', end: 'disabled-manager', over: 'DISABLED', back: 'VALID' },
  { vo: 'lasting', end: 'disabled-self', over: 'DISABLED', back: 'VALID' },
  { vo: 'lasting', end: 'expired-clock', over: 'EXPIRED 2041-03-01', back: 'VALID' },
  { vo: 'idle', end: 'disabled-clock', over: 'DISABLED 2041-03-01', back: 'VALID' },
] as const satisfies readonly Case[]

const kinds = ['initial', 'extension'] as const
const people = cases.flatMap((one) => kinds.map((kind) => ({ ...one, kind, user: `idp/${one.vo}-${one.end}-${kind}` })))
type Somebody = (typeof people)[number]

let story: Story
beforeAll(async () => {
  story = await openStory({ from: '2040-03-01', files, vos: ['yearly', 'lasting', 'idle'] })
})
afterAll(async () => story.close())

/** How they stand, and what the delivered file says of them. */
async function standing(of: readonly Somebody[]): Promise<object> {
  const found = await Promise.all(
    of.map(async ({ vo: name, user }) => [
      user,
      [
        (await story.members(name))[user],
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

const expected = (of: readonly Somebody[], what: (one: Somebody) => readonly [string, string]): object =>
  Object.fromEntries(of.map((one) => [one.user, what(one)]))

const valid = 'VALID own uid'
const overInFile = ({ over }: Somebody): string => (over.startsWith('EXPIRED') ? 'EXPIRED own uid' : 'not delivered')
const named = (...ends: readonly End[]) => people.filter(({ end }) => ends.includes(end))
const usersOf = (name: Case['vo'], end: End) =>
  people.filter((one) => one.vo === name && one.end === end).map(({ user }) => user)

async function approve(ids: readonly string[]): Promise<void> {
  await story.guildhall('application', 'approve', ...ids, '--as', 'idp/ada')
}

async function applyAgain(of: readonly Somebody[]): Promise<void> {
  await approve(await story.file(...of.map(({ vo: name, user, kind }) => ({ vo: name, identity: user, kind }))))
}

it('whose membership is over applies again by either form, whoever ended it, and has access with the same uid until the day that the rules give', async () => {
  const joining = people.map(({ vo: name, user }) => ({
    ...{ vo: name, identity: user, answers: { login: user.replace('idp/', '').replaceAll('-', '').slice(0, 32) } },
  }))
  await approve(await story.file(...joining))
  const first = await standing(people)

  await story.passTo('2040-06-01')
  for (const name of ['yearly', 'lasting'] as const) {
    const asAda = ['--as', 'idp/ada', '--reason', 'moved']
    await story.guildhall(
      'member',
      'expires',
      name,
      ...usersOf(name, 'expired-manager'),
      '--expires',
      '2040-06-01',
      ...asAda,
    )
    await story.guildhall('member', 'disable', name, ...usersOf(name, 'disabled-manager'), ...asAda)
    for (const user of usersOf(name, 'disabled-self'))
      await story.guildhall('member', 'leave', name, user, '--as', user)
  }
  for (const [name, end] of [
    ['lasting', 'expired-clock'],
    ['idle', 'disabled-clock'],
  ] as const)
    await story.guildhall(
      'member',
      'expires',
      name,
      ...usersOf(name, end),
      '--expires',
      '2041-03-01',
      '--as',
      'idp/ada',
    )
  const byPeople = named('expired-manager', 'disabled-manager', 'disabled-self')
  const overByPeople = await standing(byPeople)
  await story.passTo('2040-06-02')
  await applyAgain(byPeople)
  const backFromPeople = await standing(byPeople)

  await story.passTo('2041-03-02')
  const expired = named('expired-clock')
  const overByClock = await standing(expired)
  await applyAgain(expired)
  const backFromClock = await standing(expired)
  await story.passTo('2041-04-01')
  const disabled = named('disabled-clock')
  const disabledByClock = await standing(disabled)
  await applyAgain(disabled)

  const atFirst = ({ vo: name }: Somebody) => [name === 'yearly' ? 'VALID 2041-03-01' : 'VALID', valid] as const
  const whenOver = (one: Somebody) => [one.over, overInFile(one)] as const
  const onceBack = ({ back }: Somebody) => [back, valid] as const
  expect({ first, overByPeople, backFromPeople, overByClock, backFromClock, disabledByClock }).toEqual({
    first: expected(people, atFirst),
    overByPeople: expected(byPeople, whenOver),
    backFromPeople: expected(byPeople, onceBack),
    overByClock: expected(expired, whenOver),
    backFromClock: expected(expired, onceBack),
    disabledByClock: expected(disabled, whenOver),
  })
  expect(await standing(disabled)).toEqual(expected(disabled, onceBack))
})
