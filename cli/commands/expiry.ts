import { count } from '../../core/model/count.ts'
import { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { describeCommand } from '../command.ts'
import { readLines } from '../lines/read-lines.ts'
import type { Shell } from '../shell.ts'

const lineForms = `
A line to read, all keys but serviceAccount needed; rules is an \`expiration\`, or null:
  {"rules":{"extendBy":"P1Y","window":"P1M"},"loa":2,"status":"VALID","current":"2027-01-31","today":"2027-01-05","action":"extend","serviceAccount":false}
The line it is answered with; expires is the date that then holds, null for none:
  {"allowed":true,"expires":"2028-01-05"}
A refusal, its reason one of never-expires, loa-too-low, not-renewable, outside-window:
  {"allowed":false,"reason":"outside-window","expires":"2027-01-31"}
A line that cannot be read; the lines after it are answered all the same:
  {"error":{"code":"LINE_INVALID","message":"Cannot answer line 3: today: expected a day such as \\"2026-11-22\\", got \\"31.1.2027\\"","facts":{"line":3}}}`

export function expiryCommand(shell: Shell): Command {
  const preview = describeCommand({
    name: 'preview',
    summary: 'tell who may join or extend, and until when, from questions on standard input',
    description:
      'Tells who may join or extend, and until when. Reads NDJSON from standard input, a question a line, and writes an answer a line in the same order; empty lines are skipped. Needs no running system.',
    examples: [
      ['guildhall expiry preview < questions.ndjson', 'before the rules of a VO are changed'],
      ['guildhall expiry preview --json < questions.ndjson', 'the same, as it is JSON anyhow'],
    ],
    exitCodes: { 1: 'error, or a line that cannot be answered' },
  })
    .addHelpText('after', lineForms)
    .action(() => answerAll(shell))
  return new Command('expiry')
    .summary('try out when memberships end')
    .description('Tries out when memberships end.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall expiry preview < questions.ndjson  who may extend, and until when?')
    .addCommand(preview)
}

async function answerAll(shell: Shell): Promise<void> {
  const { answerExpiry } = await import('../lines/answer-expiry.ts')
  let lines = 0
  const bad = { count: 0, first: '' }
  for await (const { number, text } of readLines(shell.input())) {
    if (text.trim() === '') continue
    lines += 1
    const result = answerExpiry(text)
    if (result.kind === 'answered') {
      shell.print(`${JSON.stringify(result.answer)}\n`)
    } else {
      const message = `Cannot answer line ${number}: ${result.problem}`
      shell.print(`${JSON.stringify({ error: { code: 'LINE_INVALID', message, facts: { line: number } } })}\n`)
      bad.count += 1
      bad.first ||= message
    }
    await shell.roomToPrint()
  }
  if (bad.count > 0) throw refusal(bad, lines)
}

function refusal(bad: { readonly count: number; readonly first: string }, lines: number): GuildhallError {
  const others = `; ${count(bad.count, 'line')} of ${lines} could not be answered, and the output says at each why`
  return new GuildhallError('LINE_INVALID', bad.count === 1 ? bad.first : `${bad.first}${others}`, {
    facts: { lines, bad: bad.count },
  })
}
