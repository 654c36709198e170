import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { aboutPeople, vo } from './application-documents.ts'
import { openStory, type Story } from './application-story.ts'

jest.setTimeout(240_000)

const people = ['early', 'prompt', 'late', 'git'] as const
type Name = (typeof people)[number]

const users = people.map(
  (name) => `---
apiVersion: guildhall/v1
kind: User
metadata: { name: ${name} }
spec: { identities: [idp/${name}], attributes: { login: ${name}, email: ${name}@example.org } }
`,
)

/** The VO with these terms, of which git names one member. */
function withTerms(terms: string): ReadonlyMap<string, string> {
  const spec = `
  managers: [{ user: idp/ada }]
  members: [idp/git]
  terms: ${terms}
  notices: { before: [P7D] }`
  const form = `
  items: [{ name: terms, type: terms, required: true }]
  approval: { rejectAfter: P60D }`
  return new Map([
    ['all.yaml', `${aboutPeople}${users.join('')}${vo('astro', spec, form)}`],
    ['terms-1.md', 'Be kind.\n'],
    ['terms-2.md', 'Be kind, and be on time.\n'],
  ])
}

const [first, announced, second] = [
  '{ version: "1", file: terms-1.md, grace: P30D }',
  '{ version: "1", file: terms-1.md, grace: P30D, next: { version: "2", file: terms-2.md } }',
  '{ version: "2", file: terms-2.md, grace: P30D, resignEvery: P1Y }',
]

describe('in the course of two years the terms of a VO', () => {
  let story: Story
  let uids: Readonly<Record<string, string>> = {}
  beforeAll(async () => {
    story = await openStory({ from: '2040-03-01', files: withTerms(first), vos: ['astro'] })
  })
  afterAll(async () => story.close())

  const sign = async (name: Name, version: string) =>
    story.guildhall('terms', 'accept', 'astro', `idp/${name}`, '--version', version, '--as', `idp/${name}`)
  /** Who is in the delivered file, VALID and with the uid they always had. */
  const inFile = () =>
    Object.entries(story.delivered('astro')).flatMap(([user, line]) =>
      line === uids[user] && line.startsWith('VALID ') ? [user.replace('idp/', '')] : [],
    )
  const told = (name: Name) => story.mailTo(`${name}@example.org`).map(({ subject }) => subject)
  const toldSince = (before: Readonly<Record<string, number>>) =>
    Object.fromEntries(people.map((name) => [name, told(name).slice(before[name])]))
  const mailsSoFar = () => Object.fromEntries(people.map((name) => [name, told(name).length]))

  it('are accepted with the application, or on paper', async () => {
    const joining = (['early', 'prompt', 'late'] as const).map((name) => `idp/${name}`)
    const filed = await story.file(...joining.map((identity) => ({ vo: 'astro', identity, answers: { terms: '1' } })))
    await story.guildhall('application', 'approve', ...filed, '--as', 'idp/ada')
    await story.guildhall('terms', 'accept', 'astro', 'idp/git', '--reason', 'file 12')
    uids = story.delivered('astro')

    expect(inFile()).toEqual(['early', 'git', 'late', 'prompt'])
  })

  it('are told once others are announced, which ask nothing yet and may be signed early', async () => {
    await story.passTo('2040-05-01')
    const before = mailsSoFar()
    await story.commit(withTerms(announced))
    await sign('early', '2')

    const news = ['New terms of astro are announced: version 2']
    expect(toldSince(before)).toEqual({ early: news, prompt: news, late: news, git: news })
    expect(inFile()).toEqual(['early', 'git', 'late', 'prompt'])
  })

  it('ask those for the others who have not signed them, once these are in force, and once more a week before the grace is over', async () => {
    await story.passTo('2040-06-01')
    const before = mailsSoFar()
    await story.commit(withTerms(second))
    await story.passTo('2040-06-10')
    await sign('prompt', '2')
    await story.passTo('2040-06-24')

    const asked = 'Terms of astro to accept'
    const due = 'The last day to accept the terms of astro is 2040-06-30'
    expect(toldSince(before)).toEqual({ early: [], prompt: [asked], late: [asked, due], git: [asked, due] })
    expect(story.mailTo('late@example.org').at(-1)?.content).toContain(
      'guildhall terms accept astro idp/late --version 2 --as idp/late',
    )
  })

  it('take those out of the file who have not signed when the grace is over, also whom git names, until they do', async () => {
    await story.passTo('2040-06-30')
    const onLastDay = inFile()
    await story.passTo('2040-07-01')
    const after = inFile()
    const gated = await story.members('astro')
    await story.passTo('2040-08-01')
    await sign('late', '2')
    const signed = inFile()
    await sign('git', '2')

    expect({ onLastDay, after, signed, now: inFile() }).toEqual({
      onLastDay: ['early', 'git', 'late', 'prompt'],
      after: ['early', 'prompt'],
      signed: ['early', 'late', 'prompt'],
      now: ['early', 'git', 'late', 'prompt'],
    })
    expect(gated).toEqual({
      ...{ 'idp/early': 'VALID', 'idp/git': 'INVALID', 'idp/late': 'INVALID', 'idp/prompt': 'VALID' },
    })
  })

  it('are signed anew each year, from three months before, and a grace after that takes who has not out again', async () => {
    await story.passTo('2041-02-01')
    const before = mailsSoFar()
    await sign('early', '2')
    await story.passTo('2041-06-03')
    await story.passTo('2041-07-09')
    const onLastDay = inFile()
    await story.passTo('2041-07-10')
    const after = inFile()
    await sign('prompt', '2')

    // Before the acceptance runs out, and before the grace after it is over.
    const due = 'The last day to accept the terms of astro is 2041-07-09'
    expect(toldSince(before)).toEqual({ early: [], prompt: [due, due], late: [], git: [] })
    expect({ onLastDay, after, now: inFile() }).toEqual({
      onLastDay: ['early', 'git', 'late', 'prompt'],
      after: ['early', 'git', 'late'],
      now: ['early', 'git', 'late', 'prompt'],
    })
  })
})
