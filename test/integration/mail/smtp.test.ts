import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMailFolder } from '../../../connectors/mail/folder.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import type { MailMessage, MailTransport } from '../../../connectors/mail/transport.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'

const from = 'Guildhall <guildhall@example.org>'
const message: MailMessage = {
  messageId: 'abc@guildhall.example.org',
  recipient: 'ada@example.org',
  subject: 'Končí – čtvrtek',
  body: 'První řádek\n.\n..dvě tečky\nFrom the end',
  date: new Date('2026-11-23T10:00:00Z'),
}

let server: TestSmtp
let transport: MailTransport

beforeEach(async () => {
  server = await startSmtp()
  transport = createSmtp({ url: server.url, from })
})

afterEach(async () => {
  transport.close()
  await server.close()
})

const yes = async () => true

describe('mail by SMTP', () => {
  it('arrives whole, in UTF-8, marked as made by a program, over one connection', async () => {
    for (const messageId of ['one@x', 'two@x']) {
      expect(await transport.send({ ...message, messageId }, yes)).toMatchObject({ kind: 'sent', reply: /^250/ })
    }

    expect(server.taken.map(({ recipient, messageId }) => `${recipient} ${messageId}`)).toEqual([
      'ada@example.org one@x',
      'ada@example.org two@x',
    ])
    const [{ content } = { content: '' }] = server.taken
    expect(content).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    expect(content).toMatch(/^From: Guildhall <guildhall@example\.org>\r$/m)
    expect(content).toMatch(/^Subject: =\?UTF-8\?/m)
    expect(bodyOf(content)).toBe(message.body)
  })

  it.each([
    ['refuse', { kind: 'refused', isPermanent: true }, 0],
    ['refuse-recipient', { kind: 'refused', isPermanent: true }, 0],
    ['refuse-for-now', { kind: 'refused', isPermanent: false }, 0],
    // It took the mail, and nobody was told.
    ['lose-before-reply', { kind: 'unknown' }, 1],
  ] as const)('of a server that does "%s" is %j', async (mischief, outcome, taken) => {
    server.mischief.push(mischief)

    expect(await transport.send(message, yes)).toMatchObject(outcome)
    expect(server.taken).toHaveLength(taken)
    expect(await transport.send(message, yes)).toMatchObject({ kind: 'sent' })
  })

  it('is not asked about where the server does not want it, so nothing is noted of an end', async () => {
    server.mischief.push('refuse-recipient')
    let asked = 0

    await transport.send(message, async () => (asked += 1) > 0)

    expect(asked).toBe(0)
  })

  it('never becomes whole at the server where its end is refused or cannot be noted', async () => {
    expect(await transport.send(message, async () => false)).toEqual({ kind: 'stopped' })
    const failing = transport.send(message, async () => {
      throw new Error('the database is gone')
    })
    expect(await failing).toEqual({ kind: 'unsent', reply: expect.stringContaining('the database is gone') })
    await transport.send({ ...message, messageId: 'next@x' }, yes)

    expect(server.taken.map(({ messageId }) => messageId)).toEqual(['next@x'])
  })

  it('stays unsent where nobody answers, or signs in with a wrong password', async () => {
    const { url } = server
    await server.close()
    expect(await createSmtp({ url, from }).send(message, yes)).toMatchObject({ kind: 'unsent' })

    server = await startSmtp({ name: 'guildhall', password: 'right' })
    const wrong = createSmtp({ url: server.url.replace('right', 'wrong'), from })
    expect(await wrong.send(message, yes)).toMatchObject({ kind: 'refused', isPermanent: true })
    const right = createSmtp({ url: server.url, from })
    expect(await right.send(message, yes)).toMatchObject({ kind: 'sent' })
    right.close()
  })

  it.each([
    { subject: 'x\r\nBcc: eve@example.org' },
    { recipient: 'ada@example.org>\r\nRCPT TO:<eve@example.org' },
    { recipient: 'ada@example.org, eve@example.org' },
    { messageId: 'x>\r\nBcc: <eve@example.org' },
  ])('gets no header or recipient by %j', async (injected) => {
    await transport.send({ ...message, ...injected }, yes)

    expect(server.taken.filter(({ recipient }) => recipient.startsWith('eve'))).toEqual([])
    expect(server.taken.filter(({ content }) => /^Bcc:/m.test(content))).toEqual([])
  })
})

describe('mail into a folder', () => {
  it('is a file a mail, and none where its end is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-mail-'))
    try {
      const files = createMailFolder({ folder: join(folder, 'mail'), from })

      expect(await files.send(message, yes)).toMatchObject({ kind: 'sent' })
      expect(await files.send({ ...message, messageId: 'no@x' }, async () => false)).toEqual({ kind: 'stopped' })

      expect(readdirSync(join(folder, 'mail'))).toEqual(['abc.eml'])
      expect(bodyOf(readFileSync(join(folder, 'mail/abc.eml'), 'utf8'))).toBe(message.body)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function bodyOf(content: string): string {
  const [head = '', ...parts] = content.split('\r\n\r\n')
  const body = parts.join('\r\n\r\n').replace(/(\r\n)+$/, '')
  const isBase64 = /^Content-Transfer-Encoding: base64/m.test(head)
  const text = isBase64
    ? Buffer.from(body, 'base64').toString('utf8')
    : Buffer.from(
        body
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
        'latin1',
      ).toString('utf8')
  return text.replaceAll('\r\n', '\n')
}
