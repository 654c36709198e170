import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readAbilities } from '../../../cli/system/abilities.ts'
import { desireFolder } from '../../../connectors/config-repo/validate-folder.ts'
import type { Finding } from '../../../core/model/finding.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { canBeKept } from '../../../core/model/can-be-kept.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import { run } from '../../cli/run-program.ts'
import { injections } from '../../support/hostile.ts'
import { readMail } from '../../support/read-mail.ts'
import { sendMail } from '../../support/send-mail.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applyFolder } from '../cli/sample.ts'
import { applicationsIn, noon } from '../store/applications-world.ts'
import { invitationsIn } from '../store/invitations-world.ts'

jest.setTimeout(120_000)

let database: TestDatabase
let smtp: TestSmtp
let refusedFiles: ReadonlyMap<string, Finding>
const folder = mkdtempSync(join(tmpdir(), 'guildhall-injections-'))

const { act, file } = applicationsIn(() => database)
const { invite } = invitationsIn(() => database)

beforeAll(async () => {
  database = await createTestDatabase()
  smtp = await startSmtp()
  writeConfiguration()
  const { findings } = await desireFolder(folder, readAbilities())
  refusedFiles = new Map(findings.flatMap((finding) => (finding.at === undefined ? [] : [[finding.at.file, finding]])))
  for (const name of refusedFiles.keys()) writeFileSync(join(folder, name), instead(name))
  writeGround((place) => (refusedFiles.has(`title-${place}.yaml`) ? {} : titleOf(place)))
  await applyFolder(database.pool, folder, { asOf: noon('2026-01-01') })
})

afterAll(async () => {
  await smtp.close()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** Documents that say an injection, each in a file of its own, and what stands there where it is refused. */
const places = {
  title: (place: number) => [document('VO', { name: `t${place}`, ...titleOf(place) }, {})],
  user: (place: number, text: string) => [person(place, { displayName: text })],
  group: (place: number, text: string) => [document('Group', { vo: `v${place}`, name: text }, {})],
  label: (place: number, text: string) => [
    document('Group', { vo: `v${place}`, name: 'asked' }, {}),
    document(
      'Form',
      { vo: `v${place}`, name: 'ask' },
      {
        ...{ for: 'initial', group: 'asked' },
        items: [
          ...[{ name: 'head', type: 'heading', label: { en: text } }],
          ...[{ name: 'note', type: 'comment', label: { en: `**${text}** [x](${text})` } }],
          { name: 'it', type: 'text', label: { en: text }, help: { en: text }, error: { en: text } },
          { name: 'one', type: 'choice', options: [{ value: text, label: { en: text } }] },
        ],
      },
    ),
  ],
  subject: (place: number, text: string) => [notification(place, 'application.filed', { subject: { en: text } })],
  text: (place: number, text: string) => [notification(place, 'application.rejected', { text: { en: text } })],
} satisfies Record<string, (place: number, text: string) => string[]>

const names = Object.keys(places) as readonly (keyof typeof places)[]

function writeConfiguration(): void {
  writeGround(() => ({}))
  for (const [place, text] of injections.entries())
    for (const name of names)
      writeFileSync(join(folder, `${name}-${place}.yaml`), places[name](place, text).join('---\n'))
}

const titleOf = (place: number) => ({ title: injections[place], description: injections[place] })

/** What the others refer to. */
function writeGround(titles: (place: number) => object): void {
  const ground = [
    document('Instance', { name: 'example' }, { admins: [{ user: 'idp/boss' }] }),
    document('Source', { name: 'idp' }, { type: 'declared' }),
    document('User', { name: 'boss' }, { identities: ['idp/boss'] }),
    ...injections.flatMap((_, place) => vo(`v${place}`, titles(place))),
  ]
  writeFileSync(join(folder, 'ground.yaml'), ground.join('---\n'))
}

/** A person is needed all the same. */
function instead(file: string): string {
  const [name = '', place = ''] = file.replace('.yaml', '').split('-')
  return name === 'user' ? person(Number(place), {}) : '# refused\n'
}

function document(kind: string, metadata: object, spec: object): string {
  return `${JSON.stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec })}\n`
}

function vo(name: string, metadata: object): string[] {
  const items = [
    { name: 'motto', type: 'text' },
    { name: 'why', type: 'area' },
  ]
  return [
    document('VO', { name, ...metadata }, { managers: [{ user: 'idp/boss' }] }),
    document('Form', { vo: name, name: 'join' }, { for: 'initial', items }),
  ]
}

function person(place: number, attributes: object): string {
  return document(
    'User',
    { name: `p${place}` },
    { identities: [`idp/p${place}`], attributes: { email: addressOf(place), ...attributes } },
  )
}

function notification(place: number, event: string, texts: object): string {
  return document('Notification', { vo: `v${place}`, name: event.split('.')[1] }, { event, ...texts })
}

const addressOf = (place: number): string => `p${place}@example.org`

describe('an injection', () => {
  it('in a file of git is refused at its place, in words on one line, or it is text', () => {
    expect([...refusedFiles.values()].filter(({ message }) => !isOneLine(message))).toEqual([])
    const refused = (name: string): number =>
      [...refusedFiles.keys()].filter((one) => one.startsWith(`${name}-`)).length
    expect(Object.fromEntries(names.map((name) => [name, refused(name)]))).toEqual({
      group: 78,
      label: 10,
      subject: 13,
      text: 13,
      title: 32,
      user: 32,
    })
  })

  it('in answers, reasons, titles, names and templates comes by mail as text, to nobody else, under no other header', async () => {
    for (const [place, text] of injections.entries()) {
      const id = await filedWith(place, [{ motto: text, why: text }, { why: text }, {}])
      const outcome = await act('reject', id, 'idp/boss', { reason: canBeKept(text) ? text : 'because' })
      expect([text, outcome.kind]).toEqual([text, 'done'])
    }

    await sendMail(database.pool, { url: smtp.url, now: noon('2026-02-02') })

    await expectAsQueued(injections.flatMap((_, place) => Array<string>(2).fill(addressOf(place))))
  })

  it('is no address to invite, and as a name or message it is text', async () => {
    const answers = await invite(injections, { vo: 'v0' })
    expect(answers.flatMap((answer) => ('refused' in answer ? [] : [answer]))).toEqual([])
    const before = smtp.taken.length
    const requests = injections.map((text, place) => ({ address: `i${place}@example.org`, name: text, message: text }))
    const invited = await invite([], { vo: 'v0', requests })

    await sendMail(database.pool, { url: smtp.url, now: noon('2026-02-03') })

    const to = requests.filter((_, place) => !('refused' in (invited[place] ?? {}))).map(({ address }) => address)
    expect(
      smtp.taken
        .slice(before)
        .map(({ recipient }) => recipient)
        .sort(),
    ).toEqual(to.sort())
    expect(to.length).toBeGreaterThan(40)
  })

  it('is nothing that a terminal obeys, wherever a command shows it', async () => {
    const { rows } = await database.pool.query<{ id: number }>('select id from application order by id')
    const env = { DATABASE_URL: database.url }
    const shown = rows.filter((_, index) => index % 16 === 1).map(({ id }) => ['application', 'show', String(id)])
    for (const args of [['application', 'list', '--all'], ['mail', 'list'], ['invitation', 'list'], ...shown]) {
      const text = await run(args, { env })
      const json = await run([...args, '--json'], { env })

      expect([args, text.exitCode, json.exitCode]).toEqual([args, 0, 0])
      expect(text.stdout.split('\n').filter((line) => !isOneLine(line.replaceAll('\t', ' ')))).toEqual([])
      expect(json.stdout.split('\n').filter((line) => !isOneLine(line))).toEqual([])
      JSON.parse(json.stdout)
    }
  })
})

/** Files the first answers that are taken; the others are refused by the name of an item. */
async function filedWith(place: number, tries: readonly JsonObject[]): Promise<number> {
  for (const answers of tries) {
    const answer = await file(`idp/p${place}`, answers, { vo: `v${place}` })
    if (!('refused' in answer)) return answer.application
    expect([answers, answer.refused.message]).toEqual([answers, expect.stringMatching(/"?(?:motto|why)"?/)])
  }
  throw new Error(`${place} cannot file`)
}

const usualHeaders = [
  ...['From', 'To', 'Subject', 'Message-ID', 'Date', 'Auto-Submitted', 'MIME-Version'],
  ...['Content-Type', 'Content-Transfer-Encoding'],
].sort()

/** Compares what came over the wire with what was to be said. */
async function expectAsQueued(recipients: readonly string[]): Promise<void> {
  const { rows } = await database.pool.query<{ id: string; subject: string; body: string; recipient: string }>(
    `select split_part(message_id, '@', 1) as id, subject, body, recipient from mail`,
  )
  expect(smtp.taken.map(({ recipient }) => recipient).sort()).toEqual([...recipients].sort())
  const queued = new Map(rows.map((row) => [row.id, row]))
  for (const { messageId, content, recipient } of smtp.taken) {
    const row = queued.get(messageId.split('@')[0] ?? '')
    const { headers, subject, body } = readMail(content)

    expect([[...headers].sort(), recipient, subject]).toEqual([usualHeaders, row?.recipient, row?.subject])
    expect(body.trimEnd()).toBe(row?.body.trimEnd())
    expect(isOneLine(subject)).toBe(true)
  }
}
