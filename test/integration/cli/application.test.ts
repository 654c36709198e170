import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createApplicationActivities } from '../../../activities/applications.ts'
import * as store from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, join as form } from '../store/applications-world.ts'
import { add, apply, document } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from '../workflows/harness.ts'

jest.setTimeout(60_000)

describe('guildhall application and form', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-application-'))
  let database: TestDatabase
  let temporal: TestTemporal
  beforeAll(async () => {
    database = await createTestDatabase()
    temporal = await openTemporal()
    await applicationsIn(() => database).astro(form)
    const items = [
      {
        name: 'name',
        type: 'text',
        label: { en: 'Name', cs: 'Jméno' },
        prefill: 'user.displayName',
        pattern: '.{2,}',
        error: { en: 'The whole name', cs: 'Celé jméno' },
      },
    ]
    await apply(database.pool, [
      add(document('Group', 'board', {}, 'astro')),
      add(document('Form', 'ask', { for: 'initial', group: 'board', items }, 'astro')),
    ])
    await database.pool.query(
      `insert into attribute_value (attribute, subject, object, value, origin)
       select 'user.displayName', person_id, 0, '"Ada Lovelace"', 'self' from identity where ref = 'idp/ada'`,
    )
    const { address, namespace } = temporal
    writeFileSync(
      join(home, 'endpoints.json'),
      JSON.stringify({ database: database.url, temporal: address, namespace }),
    )
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  async function guildhall(args: readonly string[], input = ''): Promise<Ran> {
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input)
    }
    return run([...args, '--home', home], { input: lines })
  }
  const working = <T>(work: () => Promise<T>): Promise<T> =>
    withWorkers(
      temporal,
      {
        ...quietActivities(),
        ...createApplicationActivities({ pool: database.pool, store, compileSchema, reached: () => undefined }),
      },
      work,
    )
  const json = ({ stdout, stderr }: Ran): unknown => JSON.parse(stdout === '' ? stderr : stdout)

  async function submit(identity: string): Promise<string> {
    return idOf(await guildhall(['application', 'submit', 'astro', '--as', identity, '--answer', 'name=New', '--json']))
  }
  function idOf(submitted: Ran): string {
    const { applications } = json(submitted) as { applications: { application: number }[] }
    return String(applications[0]?.application)
  }

  it('lists forms, gives the schema of their answers, and names every fault by item', async () => {
    const listed = await guildhall(['form', 'list', 'astro', '--json'])
    const schema = await guildhall(['form', 'schema', 'astro/join'])
    const faulty = await guildhall(['form', 'check', 'astro/join', '--json'], '{"nam":"x"}')
    const right = await guildhall(['form', 'check', 'astro/join'], '{"name":"x"}')
    const unknown = await guildhall(['form', 'schema', 'astro/joni'])

    expect(json(listed)).toEqual({
      forms: [
        { vo: 'astro', name: 'ask', kind: 'initial', group: 'board', items: 1 },
        { vo: 'astro', name: 'join', kind: 'initial', group: null, items: 2 },
        { vo: 'astro', name: 'longer', kind: 'extension', group: null, items: 0 },
        { vo: 'astro', name: 'telescope', kind: 'initial', group: 'telescope', items: 0 },
      ],
    })
    expect(json(schema)).toMatchObject({ required: ['name'], additionalProperties: false })
    expect([faulty.exitCode, json(faulty)]).toEqual([
      1,
      {
        faults: [
          { item: 'name', message: 'an answer is required' },
          { item: 'nam', message: 'there is no item "nam"; did you mean "name"?' },
        ],
      },
    ])
    expect([right.exitCode, right.stdout]).toEqual([0, 'The answers may be filed.\n'])
    expect(unknown.stderr).toBe(
      'error FORM_UNKNOWN: Cannot read form "astro/joni": it is not in force; expected one of "astro/ask", "astro/join", "astro/longer", "astro/telescope"\n',
    )
  })

  it('offers what is known, and speaks the language of who answers', async () => {
    const schema = await guildhall(['form', 'schema', 'astro/ask', '--as', 'idp/ada', '--language', 'cs'])
    const said = await guildhall(['form', 'check', 'astro/ask', '--language', 'cs', '--json'], '{"name":"A"}')
    const shown = await guildhall(['form', 'check', 'astro/ask'], '{"name":"A"}')
    const lines = '{"identity":"idp/ada","answers":{"name":"Ada"}}\n{"answers":{"name":"A"}}\n'
    const many = await guildhall(['form', 'check', 'astro/ask', '--many', '--language', 'cs'], lines)
    const wrong = await guildhall(['form', 'check', 'astro/ask', '--many'], '{"answers":7}\n')

    const fault = { item: 'name', message: 'Celé jméno', detail: 'expected text that matches ^(?:.{2,})$, got "A"' }
    expect(json(schema)).toMatchObject({ properties: { name: { title: 'Jméno', default: 'Ada Lovelace' } } })
    expect([said.exitCode, json(said)]).toEqual([1, { faults: [fault] }])
    expect(shown.stdout).toMatch(/name +The whole name \(expected text that matches/)
    expect([many.exitCode, many.stdout]).toEqual([
      1,
      [
        { identity: 'idp/ada', faults: [] },
        { identity: null, faults: [fault] },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    ])
    expect(wrong.stderr).toContain(
      'Cannot read line 1: answers: expected an object, got the number 7; nothing was done',
    )
  })

  it('takes an application to the queue of who decides, and makes a member by the approval', async () => {
    const id = await submit('idp/new')
    const queues = await Promise.all(
      ['idp/ada', 'idp/grace'].map(async (who) => guildhall(['application', 'list', '--waiting-for', who, '--json'])),
    )
    const nobodys = await guildhall(['application', 'list', '--waiting-for', 'idp/new'])
    const own = await working(() => guildhall(['application', 'approve', id, '--as', 'idp/new']))
    const approved = await working(() => guildhall(['application', 'approve', id, '--as', 'idp/ada', '--json']))

    expect(queues.map(json)).toEqual([
      { applications: [expect.objectContaining({ id: Number(id), identity: 'idp/new', state: 'open' })] },
      { applications: [] },
    ])
    expect([nobodys.exitCode, nobodys.stderr]).toEqual([1, expect.stringContaining('error IDENTITY_UNKNOWN: ')])
    expect([own.exitCode, own.stderr]).toEqual([1, expect.stringContaining('error APPLICATION_REFUSED: ')])
    expect(json(approved)).toEqual({ applications: [{ application: Number(id), state: 'approved' }] })
    expect((await guildhall(['members', '--vo', 'astro'])).stdout).toMatch(/idp\/new +VALID/)
    expect((await guildhall(['application', 'list', '--waiting-for', 'idp/ada'])).stdout).toBe(
      'There are no such applications.\n',
    )
    expect((await guildhall(['application', 'show', id])).stdout).toMatch(/approve +idp\/ada +\S+ \S+ UTC +done/)
  })

  it('takes over what the form offers only where that is asked for', async () => {
    const answersOf = async (...words: readonly string[]) => {
      const filed = await working(() =>
        guildhall(['application', 'submit', 'astro/board', '--as', 'idp/ada', '--json', ...words]),
      )
      const id = idOf(filed)
      const { answers } = json(await guildhall(['application', 'show', id, '--json'])) as { answers: unknown }
      await working(() => guildhall(['application', 'withdraw', id, '--as', 'idp/ada']))
      return answers
    }

    expect([
      await answersOf(),
      await answersOf('--offered'),
      await answersOf('--offered', '--answer', 'name=Countess of Lovelace'),
    ]).toEqual([{}, { name: 'Ada Lovelace' }, { name: 'Countess of Lovelace' }])
  })

  it('rejects with a reason, and refuses what was looked at in another version', async () => {
    const id = await submit('idp/late')
    const stale = await working(() =>
      guildhall(['application', 'approve', id, '--as', 'idp/ada', '--seen', `1:${'0'.repeat(64)}`, '--json']),
    )
    const rejected = await working(() =>
      guildhall(['application', 'reject', id, '--as', 'idp/ada', '--reason', 'not of ours', '--json']),
    )
    const again = await working(() => guildhall(['application', 'withdraw', id, '--as', 'idp/late', '--json']))

    expect(json(stale)).toMatchObject({ error: { code: 'APPLICATION_REFUSED', facts: { reason: 'changed' } } })
    expect(json(rejected)).toEqual({ applications: [{ application: Number(id), state: 'rejected' }] })
    expect(json(again)).toMatchObject({ error: { code: 'APPLICATION_REFUSED', facts: { reason: 'ended' } } })
    expect((await guildhall(['application', 'list', '--state', 'rejected'])).stdout).toContain('not of ours')
  })

  it('takes many from standard input, and answers a line each', async () => {
    const lines = [
      { vo: 'astro', identity: 'idp/one', answers: { name: 'One' } },
      { vo: 'astro', identity: 'idp/two', answers: {} },
      { vo: 'nowhere', identity: 'idp/two', answers: {} },
    ]

    const { stdout, exitCode } = await guildhall(
      ['application', 'submit'],
      lines.map((line) => JSON.stringify(line)).join('\n'),
    )
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)

    expect(exitCode).toBe(1)
    expect(answers).toEqual([
      expect.objectContaining({ identity: 'idp/one', state: 'open' }),
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'APPLICATION_REFUSED',
          facts: expect.objectContaining({ faults: [{ item: 'name', message: 'an answer is required' }] }),
        }),
      }),
      expect.objectContaining({ error: expect.objectContaining({ code: 'OBJECT_UNKNOWN' }) }),
    ])
  })

  it('writes a decision down where Temporal is away, and says so', async () => {
    const id = await submit('idp/patient')
    const ran = await run(['application', 'approve', id, '--as', 'idp/ada'], { env: { DATABASE_URL: database.url } })

    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/^error APPLICATION_UNSETTLED: .* it is written down and will be settled once Temporal/),
    ])
    expect((await guildhall(['application', 'show', id])).stdout).toContain('not settled yet')
  })

  it.each([
    [['application', 'submit', 'astro'], /say who applies with `--as IDENTITY`/],
    [['application', 'approve', 'x'], /Cannot read application "x": expected a number such as 12/],
    [['application', 'show', '99999'], /APPLICATION_UNKNOWN/],
    [['application', 'approve', '99999'], /APPLICATION_UNKNOWN/],
  ])('says what is wrong with %j', async (args, message) => {
    expect(await guildhall(args)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) })
  })
})
