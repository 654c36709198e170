import { describe, expect, it } from '@jest/globals'
import { run, type Ran } from './run-program.ts'

const yearly = { extendBy: 'P1Y', window: 'P1M' }
const question = {
  rules: yearly,
  loa: 2,
  status: 'VALID',
  current: '2027-01-31',
  today: '2027-01-05',
  action: 'extend',
}

const allowed = '{"allowed":true,"expires":"2028-01-05"}'

const ndjson = (questions: readonly object[]) => questions.map((value) => `${JSON.stringify(value)}\n`).join('')

async function preview(chunks: readonly (string | Uint8Array)[], ...options: string[]): Promise<Ran> {
  async function* input(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
  return run(['expiry', 'preview', ...options], { input })
}

describe('guildhall expiry preview', () => {
  it('answers a line with a line, in the same order, with and without --json', async () => {
    const asked = ndjson([
      question,
      { ...question, today: '2026-12-30' },
      { ...question, rules: null },
      { ...question, rules: null, current: null },
      { ...question, loa: null, status: null, current: null, action: 'join', serviceAccount: false },
    ])

    const answered = await preview([asked])

    expect(answered).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        allowed,
        '{"allowed":false,"reason":"outside-window","expires":"2027-01-31"}',
        '{"allowed":true,"expires":"2027-01-31"}',
        '{"allowed":true,"expires":null}',
        `${allowed}\n`,
      ].join('\n'),
    })
    expect(await preview([asked], '--json')).toEqual(answered)
  })

  it('says of a bad line where it is and what would be right, answers the others, and exits 1', async () => {
    const bad = [
      'rules: none',
      ndjson([{ ...question, today: '2025-02-29' }]).trimEnd(),
      ndjson([{ ...question, current: '2026-02-30' }]).trimEnd(),
      '5',
    ]

    const { exitCode, stdout, stderr } = await preview([
      ndjson([question]),
      ...bad.map((line) => `${line}\n`),
      ndjson([question]),
    ])

    const error = (line: number, right: string) =>
      JSON.stringify({
        error: { code: 'LINE_INVALID', message: `Cannot answer line ${line}: ${right}`, facts: { line } },
      })
    expect(stdout.split('\n')).toEqual([
      allowed,
      error(2, 'expected a JSON object, got "rules: none"'),
      error(3, 'today: expected a day of the calendar such as "2027-01-31", got "2025-02-29"'),
      error(4, 'current: expected a day of the calendar such as "2027-01-31", got "2026-02-30"'),
      error(5, 'expected an object with the keys rules, loa, status, current, today and action, got the number 5'),
      allowed,
      '',
    ])
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'error LINE_INVALID: Cannot answer line 2: expected a JSON object, got "rules: none"; 4 lines of 6 could not be answered, and the output says at each why\n',
    })
  })

  it('reads lines however they are cut: in the middle of a letter, with CRLF, with empty ones, without the last end', async () => {
    const bytes = Buffer.from(`\ufeff${JSON.stringify(question)}\r\n\r\n"Žofie"\n \n${JSON.stringify(question)}`)

    const { stdout } = await preview([...bytes].map((byte) => Uint8Array.of(byte)))

    expect(stdout.split('\n')).toEqual([
      allowed,
      expect.stringMatching(/"Cannot answer line 3: .*got \\"Žofie\\""/),
      allowed,
      '',
    ])
  })

  it('shows in its help what it really answers', async () => {
    const { stdout: help } = await run(['expiry', 'preview', '--help'])
    const [asked = '', ...answers] = help.split('\n').flatMap((line) => (/^ {2}\{/.test(line) ? [line.trim()] : []))
    const early = asked.replace('"2027-01-05"', '"2026-12-30"')
    const wrong = asked.replace('"2027-01-05"', '"31.1.2027"')

    const { stdout } = await preview([[asked, early, wrong, ''].join('\n')])

    expect(stdout.trimEnd().split('\n')).toEqual(answers)
  })

  it('says nothing to nothing', async () => {
    expect(await preview([])).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  it('answers before it reads on, waits for a slow reader, and keeps no line', async () => {
    const events: string[] = []
    async function* input(): AsyncGenerator<Uint8Array> {
      for (const name of ['first', 'second']) {
        events.push(`${name} read`)
        yield Buffer.from(ndjson([question]))
      }
    }
    const roomToPrint = async () => void events.push('waited')

    await run(['expiry', 'preview'], { input, roomToPrint, print: () => void events.push('answered') })

    expect(events).toEqual(['first read', 'answered', 'waited', 'second read', 'answered', 'waited'])
  })

  it('cuts off a line without end, and goes on behind it', async () => {
    const { stdout, exitCode } = await preview([
      ...Array.from({ length: 40 }, () => 'x'.repeat(65_536)),
      `\n${ndjson([question])}`,
    ])

    expect(exitCode).toBe(1)
    expect(stdout.split('\n')).toEqual([expect.stringContaining('Cannot answer line 1: '), allowed, ''])
    expect(stdout.length).toBeLessThan(1_000)
  })

  it('answers 10,000 lines, each in its place', async () => {
    const days = Array.from({ length: 10_000 }, (_, index) =>
      new Date(Date.UTC(2000, 0, 1) + index * 86_400_000).toISOString().slice(0, 10),
    )
    const asked = ndjson(
      days.map((today) => ({ ...question, rules: { extendBy: 'P1D' }, current: null, today, action: 'join' })),
    )

    const { stdout, exitCode } = await preview([asked])

    expect(exitCode).toBe(0)
    expect(stdout.trimEnd().split('\n').slice(0, -1)).toEqual(
      days.slice(1).map((expires) => JSON.stringify({ allowed: true, expires })),
    )
  })
})
