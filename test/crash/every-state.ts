import { waitUntil } from '../../worker/embedded/processes.ts'
import { staff } from './application-documents.ts'
import { differing, faultsOfMails, faultsOfWorkflows } from './application-outcome.ts'
import type { Applying, People } from './application-people.ts'
import { patienceMs } from './home.ts'
import { suffer } from './losses.ts'
import { untilQuiet, type Scene } from './scene.ts'

/** An application that waits for something while Temporal forgets everything. */
interface Waiting {
  readonly name: string
  readonly of: Applying
  readonly before: (people: People) => Promise<void>
  /** What happens while nothing runs. */
  readonly meanwhile?: (people: People) => Promise<void>
  /** How it stands before, and after; what is due may have come by then. */
  readonly stands: string
  /** What is done next, or nothing where a moment comes that is due. */
  readonly next?: (people: People) => Promise<void>
  readonly then: string
}

const [one, other] = staff.managers
const dueInSeconds = 30

async function approve(people: People, applying: Applying, ...by: readonly string[]): Promise<void> {
  for (const who of by) await people.each(applying, 'approve', who)
}

async function open(people: People, applying: Applying): Promise<void> {
  await people.file(applying)
  await people.confirm(applying)
}

/** Names the applicants of a state, and tells the rest of it. */
function waiting(name: string, applicant: string, rest: (applying: Applying) => Omit<Waiting, 'name' | 'of'>): Waiting {
  const applying = { applicants: [`idp/${applicant}`] }
  return { name, of: applying, ...rest(applying) }
}

const board = { applicants: ['idp/mia'], group: 'board' } as const

const states: readonly Waiting[] = [
  waiting('a confirmation', 'una', (una) => ({
    before: async (people) => people.file(una),
    stands: 'unverified',
    next: async (people) => people.confirm(una),
    then: 'open at step 1, approved by 0',
  })),
  waiting('the first step', 'fay', (fay) => ({
    before: async (people) => open(people, fay),
    stands: 'open at step 1, approved by 0',
    next: async (people) => people.each(fay, 'reject', staff.first),
    then: 'rejected',
  })),
  waiting('the second of two votes', 'sue', (sue) => ({
    before: async (people) => {
      await open(people, sue)
      await approve(people, sue, staff.first, one)
    },
    stands: 'open at step 2, approved by 2',
    next: async (people) => approve(people, sue, other),
    then: 'approved',
  })),
  waiting('other answers', 'cho', (cho) => ({
    before: async (people) => {
      await open(people, cho)
      await people.each(cho, 'request-changes', staff.first)
    },
    stands: 'changes-requested',
    next: async (people) => people.each(cho, 'resubmit', 'self'),
    then: 'open at step 1, approved by 0',
  })),
  {
    name: 'the membership of the VO',
    of: board,
    before: async (people) => {
      const { applicants } = board
      await open(people, { applicants })
      await people.file(board)
      await approve(people, { applicants }, staff.first, one)
    },
    stands: 'waiting',
    next: async (people) => approve(people, { applicants: board.applicants }, other),
    then: 'open at step 1, approved by 0',
  },
  waiting('who stands in', 'dee', (dee) => ({
    before: async (people) => {
      await open(people, dee)
      await people.delegate(dee, staff.substitute)
    },
    stands: 'open at step 1, approved by 0',
    next: async (people) => approve(people, dee, staff.substitute),
    then: 'open at step 2, approved by 1',
  })),
  waiting('those it escalated to', 'eve', (eve) => ({
    before: async (people) => {
      await open(people, eve)
      await people.wait(eve, 5.5)
    },
    stands: 'open at step 1, approved by 0, reminded, escalated',
    next: async (people) => approve(people, eve, staff.other),
    then: 'open at step 2, approved by 1',
  })),
  waiting('a reminder', 'ray', (ray) => ({
    before: async (people) => open(people, ray),
    meanwhile: async (people) => people.comeDue(ray, 3, dueInSeconds),
    stands: 'open at step 1, approved by 0',
    then: 'open at step 1, approved by 0, reminded',
  })),
  waiting('the end of all patience', 'pat', (pat) => ({
    before: async (people) => {
      await open(people, pat)
      await people.each(pat, 'request-changes', staff.first)
    },
    meanwhile: async (people) => people.comeDue(pat, 60, dueInSeconds),
    stands: 'changes-requested',
    then: 'rejected',
  })),
]

/** Lets applications wait in every state while Temporal's database is deleted, and each go on with what comes next. */
export async function waitInEveryState(scene: Scene): Promise<readonly string[]> {
  const { home, people } = scene
  await Promise.all(states.map(async ({ before }) => before(people)))
  await untilQuiet(home)
  const told = await suffer(scene, {
    ...{ at: 'relay.before-fold', passing: 1 },
    meanwhile: async () => {
      await Promise.all(states.map(async ({ meanwhile }) => meanwhile?.(people)))
    },
  })
  const decided = states.filter(({ next }) => next !== undefined)
  const kept = await faultsOf(decided, async ({ of, stands }) => [await people.stand(of), stands])
  await Promise.all(states.map(async ({ next }) => next?.(people)))
  const gone = await faultsOf(states, async ({ of, then }) => {
    await waitUntil(async () => (await people.stand(of)) === then, patienceMs)
    return [await people.stand(of), then]
  })
  await untilQuiet(home)
  const { resumed } = JSON.parse(told) as { readonly resumed: Readonly<Record<string, number>> }
  return [
    ...differing('resumed', [Number(resumed['applications']) > decided.length, resumed['delegations']], [true, 1]),
    ...[...kept, ...gone],
    ...(await faultsOfMails(scene, 1)),
    ...(await faultsOfWorkflows(home)),
  ]
}

async function faultsOf(
  all: readonly Waiting[],
  compare: (one: Waiting) => Promise<readonly [seen: string, right: string]>,
): Promise<readonly string[]> {
  const faults = await Promise.all(
    all.map(async (one) => differing(`what waits for ${one.name}`, ...(await compare(one)))),
  )
  return faults.flat()
}
