import type { FastifyInstance } from 'fastify'
import { GuildhallError } from '../../core/errors.ts'
import { isDay } from '../../core/lifecycle/calendar.ts'
import type { DeliveryState } from '../../core/model/answers.ts'
import { input as query, name } from '../acts/input.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { hostOf, isLoopback } from '../loopback.ts'
import { answers } from '../schemas.ts'

/** A day, whose end is meant, or a moment; as the option --as-of. */
const asOf = {
  type: 'string',
  description: 'As it was at the end of this day in the time zone of the VO (today: now), or at this moment.',
  anyOf: [{ format: 'date' }, { format: 'date-time' }],
  examples: ['2026-03-31', '2026-03-31T12:00:00Z'],
} as const

function momentIn({ asOf: text }: { readonly asOf?: string }): { readonly asOf?: string | Date } {
  if (text === undefined) return {}
  if (isDay(text)) return { asOf: text }
  const moment = new Date(text)
  // A second that is put in between passes for a time, and is none to JavaScript.
  if (!Number.isNaN(moment.getTime())) return { asOf: moment }
  throw new GuildhallError('REQUEST_INVALID', `Cannot answer as of "${text}": there is no such moment`)
}

/** What is in force, as JSON; for callers on this machine. */
export function addReadRoutes(
  app: FastifyInstance,
  deps: ApiDependencies,
  { isOperator }: { readonly isOperator: boolean },
): void {
  if (!isOperator) refuseForeignHosts(app)
  addStatusRoutes(app, deps)
  addPeopleRoutes(app, deps)
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** A page of another site could reach this machine under a name of its own: only names of loopback are answered. */
export function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (isLoopback(hostOf(request.headers.host ?? ''))) return
    throw new GuildhallError(
      'HOST_REFUSED',
      'Cannot answer under this host name: expected localhost or a loopback address',
    )
  })
}

function addStatusRoutes(app: FastifyInstance, { reads }: ApiDependencies): void {
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['state'] })
  app.get(
    '/api/v1/status',
    {
      schema: {
        ...about('status', 'Which commit is in force, and where deliveries stand'),
        response: answers({ 200: 'Status' }, [403]),
      },
    },
    async () => reads.status(),
  )
  app.get(
    '/api/v1/holds',
    { schema: { ...about('holds', 'What the guard holds back'), response: answers({ 200: 'Holds' }, [403]) } },
    async () => {
      const { holds } = await reads.status()
      return { holds }
    },
  )
  app.get<{ Querystring: { facility?: string; service?: string; destination?: string; state?: DeliveryState } }>(
    '/api/v1/deliveries',
    {
      schema: {
        ...about('deliveries', 'What was delivered where, and what is in trouble'),
        querystring: query({
          facility: name,
          service: name,
          destination: name,
          state: { type: 'string', enum: ['delivered', 'pending', 'failing', 'held', 'blocked', 'paused'] },
        }),
        response: answers({ 200: 'Deliveries' }, [400, 403]),
      },
    },
    async ({ query: filter }) => ({ deliveries: await reads.deliveries(filter) }),
  )
}

function addPeopleRoutes(app: FastifyInstance, { reads }: ApiDependencies): void {
  app.get<{ Querystring: { vo: string; group?: string; resource?: string; asOf?: string } }>(
    '/api/v1/members',
    {
      schema: {
        operationId: 'members',
        summary: 'Effective members of a VO or a group, or who has access to a resource; now or as of then',
        tags: ['state'],
        querystring: {
          ...query({ vo: name, group: name, resource: name, asOf }, ['vo']),
          not: { required: ['group', 'resource'] },
        },
        response: answers({ 200: 'Members' }, [400, 403, 404]),
      },
    },
    async ({ query: { vo, group, resource, ...when } }) => {
      if (resource !== undefined) return reads.access({ vo, resource, ...momentIn(when) })
      return reads.members({ vo, ...(group === undefined ? {} : { group }), ...momentIn(when) })
    },
  )
  app.get<{ Querystring: { identity: string; vo: string; resource: string; asOf?: string } }>(
    '/api/v1/why',
    {
      schema: {
        operationId: 'why',
        summary: 'Why a person has access to a resource, or what is missing; now or as of then',
        tags: ['state'],
        querystring: query({ identity: name, vo: name, resource: name, asOf }, ['identity', 'vo', 'resource']),
        response: answers({ 200: 'Why' }, [400, 403, 404]),
      },
    },
    async ({ query: { identity, vo, resource, ...when } }) => reads.why({ identity, vo, resource, ...momentIn(when) }),
  )
}
