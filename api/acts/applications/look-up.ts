import { openStates, type ApplicationState } from '../../../core/applications/application.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { ListedApplication, ShownApplication } from '../../../store/index.ts'
import type { Act, ActContext } from '../act.ts'
import { identity, input, name } from '../input.ts'

/** Which applications are listed; without a state or `all` those that are not decided yet. */
export interface ListInput {
  readonly vo?: string
  readonly identity?: string
  readonly state?: ApplicationState
  readonly all?: 'true'
  /** In whose open step this person may decide. */
  readonly waitingFor?: string
}

/** As many as are listed at once. */
const atMost = 10_000

export const applicationStates = [
  ...openStates,
  ...(['approved', 'rejected', 'withdrawn'] as const),
] satisfies readonly ApplicationState[]

export const listApplications: Act<ListInput, { readonly applications: readonly ListedApplication[] }> = {
  ...{ command: 'application list', method: 'GET', path: '/applications', id: 'applications' },
  summary: 'Lists applications; without a state or `all` those that are not decided yet',
  input: input({
    ...{ vo: name, identity, state: { enum: applicationStates }, all: { const: 'true' } },
    waitingFor: { ...identity, description: 'In whose open step this person may decide.' },
  }),
  answer: 'Applications',
  run: async ({ store, pool, now }, { waitingFor, all, ...rest }) => {
    const filter = { ...rest, ...(all !== undefined && { all: true }), atMost }
    if (waitingFor === undefined) return { applications: await store.listApplications(pool, filter) }
    const ids = await store.listWaitingFor(pool, { identity: waitingFor, now: now() })
    return { applications: await store.listApplications(pool, { ...filter, ids }) }
  },
}

export const showApplication: Act<{ readonly application: string }, ShownApplication> = {
  ...{ command: 'application show', method: 'GET', path: '/applications/show', id: 'application' },
  summary: 'Shows an application, its answers and what was done to it',
  input: input({ application: { type: 'string', pattern: '^[1-9]\\d{0,8}$', examples: ['12'] } }, ['application']),
  answer: 'ShownApplication',
  run: show,
}

async function show({ store, pool }: ActContext, { application }: { readonly application: string }) {
  const id = Number(application)
  const shown = await store.showApplication(pool, id)
  if (shown !== undefined) return shown
  throw new GuildhallError(
    'APPLICATION_UNKNOWN',
    `Cannot show application ${id}: there is none; \`guildhall application list --all\` lists them`,
    { facts: { application: id } },
  )
}
