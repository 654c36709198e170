import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { applicationsIn } from '../store/applications-world.ts'
import { onApi } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()

describe('reviews by the API', () => {
  beforeAll(async () => applicationsIn(api.database).astro())

  it('are begun, decided in, closed and shown with their evidence', async () => {
    const started = await api.ask('/reviews/start', {
      place: 'astro/telescope',
      reviewers: ['idp/ada'],
      reason: 'yearly',
    })
    const { review } = started.body as { review: number }
    const waiting = await api.ask('/reviews?waitingFor=idp/ada')
    const decided = await api.ask('/reviews/decide', {
      ...{ review, as: 'idp/ada' },
      decisions: [
        { user: 'idp/grace', decision: 'remove', reason: 'left' },
        { user: 'idp/ada', decision: 'keep' },
      ],
    })
    const closed = await api.ask('/reviews/close', { review })
    const shown = await api.ask(`/reviews/show?review=${review}`)

    expect(started).toMatchObject({ status: 200, body: { people: 2, rows: 2, reviewers: 1 } })
    expect(waiting.body).toMatchObject({
      reviews: [
        { review, place: { kind: 'group', vo: 'astro', group: 'telescope' }, state: 'open', people: 2, decided: 0 },
      ],
    })
    expect(decided.body).toEqual({
      decisions: [
        { user: 'idp/grace', decision: 'remove', role: 'user idp/ada' },
        { user: 'idp/ada', refused: { reason: 'own-review', message: expect.any(String) } },
      ],
    })
    expect(closed.body).toEqual({ review, state: 'closed' })
    expect(shown.body).toMatchObject({
      evidence: {
        ...{ review, state: 'closed', reason: 'yearly' },
        people: [
          { user: 'idp/ada', decided: 'keep', isDefault: true },
          { user: 'idp/grace', decided: 'remove', decisions: [{ by: 'idp/ada', reason: 'left', void: null }] },
        ],
      },
      findings: [{ user: 'idp/grace', origin: 'config', file: 'all.yaml', line: 1, resolved: null }],
    })
    expect((shown.body as { sha256: string; recorded: string }).sha256).toBe(
      (shown.body as { recorded: string }).recorded,
    )
  })

  it.each([
    ['/reviews/show?review=77', undefined, 404, 'REVIEW_UNKNOWN'],
    ['/reviews/start', { place: 'astro', reviewers: ['nobody'] }, 400, 'REQUEST_INVALID'],
    ['/reviews/start', { place: 'astro', due: 'soon' }, 400, 'REQUEST_INVALID'],
    ['/reviews/start', { place: 'astro', due: '2020-01-01' }, 409, 'REVIEW_REFUSED'],
    ['/reviews/start', { place: 'astro', as: 'idp/grace' }, 403, 'ACTOR_NOT_ELIGIBLE'],
    ['/reviews/decide', { review: 1, decisions: [] }, 400, 'REQUEST_INVALID'],
    // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
  ] as const)('%s %j is refused', async (path, body, status, code) => {
    const answer = await api.ask(path, body)

    expect(answer).toMatchObject({ status, body: { error: { code } } })
  })
})
