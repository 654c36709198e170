import { describe, expect, it } from '@jest/globals'
import { reviewsWorld } from './reviews-world.ts'

const { close, database, decide, start } = reviewsWorld()

async function lost(): Promise<Record<string, unknown>> {
  const { rows } = await database().pool.query<{ who: string; lost: unknown }>(
    `select p.identities[1] as who, d.tags->'lost' as lost from mail_draft d join person p on p.id = d.person_id
     where d.event = 'review.removed' order by 1`,
  )
  return Object.fromEntries(rows.map(({ who, lost: what }) => [who, what]))
}

describe('those from whom a review takes something', () => {
  it('are told what they have no more, in one mail', async () => {
    const review = await start({ unanswered: 'keep' })
    await decide(review, 'idp/ada', { 'idp/alan': 'remove', 'idp/kurt': 'remove' })

    await close(review)

    expect(await lost()).toEqual({
      'idp/alan': [
        { of: 'astro', title: 'astro', isVo: true },
        { of: 'astro/telescope', title: 'telescope', isVo: false },
      ],
      'idp/kurt': [{ of: 'astro', title: 'astro', isVo: true }],
    })
  })

  it('are told of a group alone where they stay in the VO, and of nothing that another row still says', async () => {
    const review = await start({ place: { kind: 'group', vo: 'astro', group: 'telescope' } })
    await decide(review, 'idp/ada', { 'idp/linus': 'remove', 'idp/dana': 'remove' })

    await close(review)

    expect(await lost()).toEqual({
      'idp/linus': [{ of: 'astro/telescope', title: 'telescope', isVo: false }],
    })
  })
})
