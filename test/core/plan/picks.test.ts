import { describe, expect, it } from '@jest/globals'
import { attributesWithOtherLists } from '../../../core/plan/other-lists.ts'
import { withPicks, type JudgedPick } from '../../../core/plan/picks.ts'
import { attribute, facility, vo, type Document } from '../../support/builders.ts'

function pick({ isAside, isBroken }: { readonly isAside: boolean; readonly isBroken: boolean }): JudgedPick {
  const broken = isBroken
    ? { list: 'vo.shells', at: { file: 'vo.yaml', line: 1, column: 1 }, around: () => [] }
    : undefined
  const picked = { attribute: 'member.shell', user: 7, of: 'astro', value: 'zsh', isAside }
  return { picked, attribute: 'member.shell', of: 'stars', broken, isBrokenByInstance: false }
}

const has = 'member.shell 7 astro'
const hasLater = 'member.shell 7 stars'
const kept = pick({ isAside: false, isBroken: false })
const lost = pick({ isAside: false, isBroken: true })
const stillAside = pick({ isAside: true, isBroken: true })
const back = pick({ isAside: true, isBroken: false })

describe('what people picked', () => {
  it.each([
    { what: 'stays', picks: [kept], held: [has, hasLater], after: [has, hasLater] },
    { what: 'is lost where the lists lack it', picks: [lost], held: [has, hasLater], after: [] },
    { what: 'comes back where they have it again', picks: [back], held: [], after: [has, hasLater] },
    {
      what: 'stays where it was chosen anew',
      picks: [kept, stillAside],
      held: [has, hasLater],
      after: [has, hasLater],
    },
    { what: 'stays aside', picks: [stillAside], held: [], after: [] },
  ])('$what', ({ picks, held, after }) => {
    const found = withPicks(new Set(held), picks, ({ broken }) => broken !== undefined)

    expect([...found]).toEqual(after)
  })
})

const shell = attribute('member.shell', { type: 'string', within: ['vo.shells'] })
const queue = attribute('user-facility.queue', { type: 'string', within: ['facility.queues'] })
const world = (shells: readonly string[] | undefined, queues: readonly string[], ...more: readonly Document[]) => [
  ...more,
  vo('astro', shells === undefined ? {} : { attributes: { shells: [...shells] } }),
  facility('hpc', { attributes: { queues: [...queues] } }),
]
const before = world(['bash', 'zsh'], ['fast'], shell, queue)

describe('the attributes that are asked for', () => {
  it.each([
    { what: 'none where nothing changes', after: before, asked: [] },
    { what: 'of a list that is narrowed', after: world(['bash'], ['fast'], shell, queue), asked: ['member.shell'] },
    { what: 'of a list that goes', after: world(undefined, ['fast'], shell, queue), asked: ['member.shell'] },
    {
      what: 'of a definition that names other lists, or goes',
      after: world(['bash', 'zsh'], ['fast'], attribute('member.shell', { type: 'string' })),
      asked: ['member.shell', 'user-facility.queue'],
    },
    {
      what: 'of a list that a new document gives',
      after: [...before, facility('tape', { attributes: { queues: ['slow'] } })],
      asked: ['user-facility.queue'],
    },
  ])('are $what', ({ after, asked }) => {
    const objects = (documents: readonly Document[]) => documents.map(({ object }) => object)

    expect(attributesWithOtherLists(objects(before), objects(after))).toEqual(asked)
  })
})
