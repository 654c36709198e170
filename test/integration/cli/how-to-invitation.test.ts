import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { keyIn, sendMail } from '../../support/send-mail.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { onConfiguration } from './on-database.ts'

jest.setTimeout(60_000)

const page = readFileSync(new URL('../../../docs/how-to/invitation.md', import.meta.url), 'utf8')
const blocks = (kind: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)
const ground = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, timeZone: UTC, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro, title: Astronomy collaboration }
spec: { managers: [{ user: idp/ada }] }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope }
spec: {}
---
`

describe('how to invite people', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-how-to-invitation-'))
  const { guildhall, pool } = onConfiguration([ground, blocks('yaml').join('---\n')].join(''))
  let smtp: TestSmtp
  beforeAll(async () => {
    smtp = await startSmtp()
    writeFileSync(join(folder, 'people.csv'), blocks('csv')[0] ?? '')
  })
  afterAll(async () => {
    await smtp.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has commands that do what it says, one after the other', async () => {
    const commands = blocks('sh').flatMap((block) => block.trim().split('\n'))
    const ended: string[] = []
    for (const command of commands) {
      await sendMail(pool(), { url: smtp.url, now: new Date('2026-11-22T22:00:00Z') })
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      const args = words.slice(1).map((word) => word.replace(/^KEY-OF-(\d)$/, (_, place) => keyOf(Number(place))))
      const { exitCode, stderr } = await guildhall(args, '', { cwd: folder })
      ended.push(`${words.slice(1, 3).join(' ')} ${exitCode}${stderr}`)
    }

    expect(ended).toEqual([
      ...[
        'invitation create 0',
        'invitation create 0',
        'invitation list 0',
        'invitation show 0',
        'invitation import 1',
      ],
      ...[
        'invitation accept 0',
        'invitation accept 0',
        'invitation decline 0',
        'invitation resend 0',
        'invitation revoke 0',
      ],
    ])
    expect(smtp.taken[2]?.content).toContain('idp/ada invites you to Astronomy collaboration')
  })

  /** The mails went out in the order of the invitations. */
  function keyOf(place: number): string {
    return keyIn(smtp.taken[place - 1]?.content ?? '')
  }
})
