import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { evidenceOf } from '../../../store/index.ts'
import type { Ran } from '../../cli/run-program.ts'
import { onConfiguration } from './on-database.ts'

jest.setTimeout(60_000)

const configuration = `
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
kind: VO
metadata: { name: astro }
spec:
  managers: [{ user: idp/ada }]
  sponsors: [{ user: idp/ada }, { user: idp/grace }]
  members: [idp/ada, idp/linus, idp/grace]
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope }
spec: { members: [idp/ada, idp/linus] }
`

/** The commands of the how-to, in their order, with what stands before a pipe as their input. */
function commandsOf(page: string): readonly { readonly args: readonly string[]; readonly input: string }[] {
  const text = readFileSync(new URL(`../../../docs/how-to/${page}.md`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
  return blocks
    .join('')
    .trim()
    .split('\n')
    .map((line) => {
      const [, input = '', command = line] = /^echo '(.*)' \| (.*)$/.exec(line) ?? []
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      return { args: words.slice(1), input }
    })
}

describe('guildhall review', () => {
  const { guildhall, pool } = onConfiguration(configuration)
  beforeAll(async () => {
    await guildhall(['member', 'add', 'astro', 'idp/alan'])
  })

  it('does what the how-to says', async () => {
    const ran: Ran[] = []
    for (const { args, input } of commandsOf('access-review')) ran.push(await guildhall(args, input))

    expect(ran.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      ran.map(() => ({ exitCode: 0, stderr: '' })),
    )
    const [started, listed, waiting, , , line, closed, shown, json] = ran.map(({ stdout }) => stdout)
    expect(started).toContain('Review 1 of astro begins: 4 to review by 6 rows, 1 to review them')
    expect(listed).toMatch(/1 +astro +open .* 0 of 4 +keep/)
    expect(waiting).not.toContain('idp/ada  ')
    expect(JSON.parse(line ?? '')).toEqual({ user: 'idp/alan', decision: 'keep', role: 'managers' })
    expect(closed).toContain('Review 1 is closed')
    expect(shown).toMatch(/idp\/linus +the VO .*unresolved/)
    const evidence: unknown = JSON.parse(json ?? '')
    const { sha256 } = (await evidenceOf(pool(), 1)) ?? {}
    expect(evidence).toMatchObject({ sha256, recorded: sha256, evidence: { review: 1, state: 'closed' } })
  })

  it.each([
    [['start', 'astro/no'], 'OBJECT_UNKNOWN'],
    [['start', 'astro', '--reviewer', 'nobody'], 'Cannot ask "nobody": expected managers'],
    [['start', 'astro', '--due', 'soon'], 'expected a day such as 2027-03-01'],
    [['start', 'astro', '--unanswered', 'maybe'], 'expected keep or remove'],
    [['show', '77'], 'REVIEW_UNKNOWN'],
    [['show', 'x'], 'expected a number such as 12'],
    [['decide', '1', 'idp/alan'], 'say one of `--keep`, `--remove` and `--to SPONSOR`'],
    [['decide', '1', 'idp/alan', '--keep', '--remove'], 'say one of'],
    [['decide', '1', 'idp/alan', '--keep'], 'review 1 is closed; nothing is decided in it any more'],
    [['close', '77'], 'REVIEW_UNKNOWN'],
    [['cancel', '77', '--as', 'idp/alan'], 'REVIEW_UNKNOWN'],
  ])('%j says what is wrong', async (args, message) => {
    const { exitCode, stdout, stderr } = await guildhall(['review', ...args, '--json'])

    expect(exitCode).toBe(1)
    expect(`${stdout}${stderr}`).toContain(message.replaceAll('"', String.raw`\"`))
  })

  it('takes nothing from anybody at a line that cannot be read', async () => {
    const lines = ['{"user":"idp/alan","decision":"keep"}', '{"user":"idp/alan","decision":"transfer"}'].join('\n')

    const { exitCode, stderr } = await guildhall(['review', 'decide', '1'], lines)

    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining(
        'Cannot read line 2: to: expected the sponsor who takes over, with "transfer" alone',
      ),
    })
  })
})
