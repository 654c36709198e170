import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import { reviewId, watchReview, type ReviewOutcome } from '../../../workflows/review/messages.ts'
import { run } from '../../cli/run-program.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(300_000)

const script = fileURLToPath(new URL('review-run.ts', import.meta.url))
const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, place) => `idp/${name}${place}`)
const people = {
  config: numbered('config', 40),
  manager: numbered('manager', 60),
  sponsor: numbered('guest', 30),
  application: numbered('applicant', 20),
  rule: numbered('rule', 20),
  sync: numbered('sync', 30),
}

const instance = `
apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: list }
spec: { template: { files: { list.txt: list.liquid } } }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  services: { list: {} }
  destinations: [{ name: copy, services: [list], type: directory, options: { path: hpc } }]
`
const vo = `
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  managers: [{ user: idp/ada }, { user: idp/grace }]
  sponsors: [{ user: idp/ada }, { user: idp/grace }]
  members:
    - idp/ada
    - idp/grace
${people.config.map((identity) => `    - ${identity}\n`).join('')}---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: ruled }
spec: { where: "user.identities.exists(one, one.startsWith('idp/rule'))" }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: staff }
spec: {}
---
apiVersion: guildhall/v1
kind: Form
metadata: { vo: astro, name: join }
spec: { for: initial, items: [], approval: { autoWhen: "true" } }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: cluster }
spec: { facility: hpc, services: [list], groups: [members] }
`
const template = '{% for user in users %}{{ user.identities[0] }}\n{% endfor %}'

describe('a review of a VO with rows of every origin', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await world.commit(files(vo))
    await world.settle()
    await fill()
    await world.propagate()
  })
  afterAll(async () => world.close())

  const files = (text: string): ReadonlyMap<string, string> =>
    new Map([
      ['instance.yaml', instance],
      ['astro.yaml', text],
      ['list.liquid', template],
    ])
  const acting = () => ({ reason: '', cause: { actor: 'local/test' }, now: new Date() })
  const inTx = async <T>(work: (tx: store.Tx) => Promise<T>): Promise<T> =>
    store.inTransaction(world.parts.pool, work, store.asAct)

  async function fill(): Promise<void> {
    const managed = [...people.manager, ...people.rule].map((user) => ({ user }))
    await inTx((tx) => store.actOnMembers(tx, { ...acting(), act: 'add', vo: 'astro', requests: managed }))
    const guests = people.sponsor.map((user) => ({ user, sponsor: 'idp/ada' }))
    await inTx((tx) => store.changeSponsors(tx, { ...acting(), act: 'add', vo: 'astro', requests: guests }))
    for (const identity of people.application)
      await inTx((tx) =>
        store.fileApplication(tx, {
          ...{ vo: 'astro', kind: 'initial', identity, answers: {}, cause: { actor: identity }, now: new Date() },
          compileSchema: (schema) => compileCheck(schema),
        }),
      )
    await inTx((tx) =>
      store.syncMembers(tx, {
        ...{ source: 'idp', vo: 'astro', group: 'staff', mode: 'full', authoritative: false, now: new Date() },
        ...{
          absent: { then: 'remove', runs: 1 },
          subjects: subjectsOf(people.sync),
        },
      }),
    )
  }

  /** Whom the delivered file names, by the beginning of their logins. */
  function delivered(): Record<string, number> {
    const lines = readFileSync(join(world.out, 'hpc', 'list', 'list.txt'), 'utf8')
      .trim()
      .split('\n')
    const counts: Record<string, number> = {}
    for (const line of lines) {
      const [, name = line] = /^idp\/([a-z]+)/.exec(line) ?? []
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  async function decide(review: number, actor: string, said: Readonly<Record<string, store.DecisionOn['decision']>>) {
    const requests = Object.entries(said).map(([user, decision]) => ({ user, decision, reason: 'reviewed' }))
    return inTx((tx) => store.decideReview(tx, { review, requests, actor, cause: { actor }, now: new Date() }))
  }

  const all = <Decision extends string>(users: readonly string[], decision: Decision): Record<string, Decision> =>
    Object.fromEntries(users.map((user) => [user, decision]))

  async function shownOf(review: number): Promise<store.ReviewOnShow> {
    const shown = await store.showReview(world.parts.pool, review)
    if (shown === undefined) throw new Error(`there is no review ${review}`)
    return shown
  }

  async function standing(review: number): Promise<Pick<store.ListedReview, 'state'> & { readonly digest: string }> {
    const [found] = await store.listReviews(world.parts.pool, { id: review })
    if (found === undefined) throw new Error(`there is no review ${review}`)
    return { state: found.state, digest: found.held ?? '' }
  }

  async function outcomes(review: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    const { evidence } = await shownOf(review)
    for (const { rows } of evidence.people)
      for (const { origin, outcome } of rows) {
        const key = `${origin} ${outcome ?? 'open'}`
        counts[key] = (counts[key] ?? 0) + 1
      }
    return counts
  }

  it('is decided, held, approved, survives kill -9, and its patch resolves what it leaves', async () => {
    expect(delivered()).toEqual({
      ...{ ada: 1, grace: 1, config: 40, manager: 60, guest: 30, applicant: 20, rule: 20, sync: 30 },
    })
    const { review, people: asked } = await inTx((tx) =>
      store.startReview(tx, {
        ...{ place: { kind: 'vo', vo: 'astro' }, reviewers: [{ role: 'managers' }], unanswered: 'keep', ...acting() },
        ...{ due: 'P30D', remindBefore: ['P7D'] },
      }),
    )
    expect(asked).toBe(202)

    const gone = [...people.manager.slice(0, 50), ...people.application.slice(0, 10), ...people.config.slice(0, 2)]
    const others = [...people.rule.slice(0, 1), ...people.sync.slice(0, 1)]
    await decide(review, 'idp/ada', all([...gone, ...others], 'remove'))
    await decide(review, 'idp/grace', {
      ...all(people.sponsor.slice(0, 5), 'remove'),
      ...all(people.manager.slice(50), 'keep'),
    })
    const own = await decide(review, 'idp/ada', { 'idp/ada': 'keep', 'idp/guest0': 'keep' })
    expect(own).toMatchObject([{ refused: { reason: 'own-review' } }, { refused: { reason: 'own-guest' } }])

    const due = new Date(Date.now() + 31 * 86_400_000).toISOString()
    const { DATABASE_URL: database = '' } = world.environment
    for (const when of ['before', 'after']) {
      const died = spawnSync(process.execPath, ['--import', 'tsx', script, database, String(review), due, when], {
        env: { ...process.env, NODE_OPTIONS: '' },
      })
      expect(died.signal).toBe('SIGKILL')
      expect(await outcomes(review)).not.toHaveProperty('manager removed')
      const { state } = await standing(review)
      expect(state).toBe(when === 'before' ? 'open' : 'held')
    }
    const { digest } = await standing(review)
    const approve = ['approve', digest, '--reason', 'agreed']
    const byReviewer = await run([...approve, '--as', 'idp/ada'], { env: world.environment })
    expect(byReviewer.stderr).toContain('who decided in the review: expected somebody else')
    const approved = await run([...approve, '--as', 'idp/root'], { env: world.environment })
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Review ${review} is closed`) })

    const { client } = world.parts
    await client.workflow.signalWithStart('review', watchReview(review))
    const ended = await client.workflow.getHandle<() => Promise<ReviewOutcome>>(reviewId(review)).result()
    expect(ended).toEqual({ kind: 'closed' })
    await world.propagate()
    expect(delivered()).toEqual({
      ...{ ada: 1, grace: 1, config: 40, manager: 10, guest: 25, applicant: 10, rule: 20, sync: 30 },
    })
    expect(await outcomes(review)).toMatchObject({
      ...{ 'application removed': 10, 'config unresolved': 2, 'rule unresolved': 1, 'sync unresolved': 1 },
      ...{ 'manager removed': 51, 'sponsor removed': 5, 'sponsor kept': 25 },
    })

    const before = await shownOf(review)
    expect(before.recorded).toBe(before.sha256)
    writeAndApply(before.patch?.text ?? '')
    const commit = execFileSync('git', ['-C', world.repo, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
    await world.settle()
    expect(delivered()).toMatchObject({ config: 38 })
    const after = await shownOf(review)
    expect(after.findings.map(({ origin, resolved }) => [origin, resolved?.commit ?? null])).toEqual([
      ...[
        ['config', commit],
        ['config', commit],
        ['rule', null],
        ['sync', null],
      ],
    ])
    expect(after.sha256).toBe(before.recorded)
    await expect(store.verifyAudit(world.parts.pool)).resolves.toMatchObject({ valid: true })
  })

  /** Commits the patch as an operator does who was given it. */
  function writeAndApply(patch: string): void {
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', world.repo, '-c', 'user.name=op', '-c', 'user.email=op@example.org', ...words], {
        input: patch,
      })
    git('apply', '-')
    git('commit', '--quiet', '--all', '--message', 'what the review asks for')
  }
})
