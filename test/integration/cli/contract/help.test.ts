import { describe, expect, it } from '@jest/globals'
import { run } from '../../../cli/run-program.ts'

describe('guildhall --help', () => {
  it('leads to every command, and each has --json and an example of its own', async () => {
    const top = await run(['--help'])
    const listed = commandsIn(top.stdout)
    expect(listed).toEqual(expect.arrayContaining(['validate', 'plan', 'apply', 'status', 'holds', 'approve', 'audit']))

    for (const [command, help] of (await Promise.all(listed.map((name) => helpsOf([name])))).flat()) {
      expect(help).toMatch(/^ {2}--json +print JSON$/m)
      expect(help).toMatch(
        new RegExp(`^Examples:\\n(?: {2}.*\\n)*? {2}(?:\\S+=\\S+ )*guildhall ${command}\\b.* {2}\\S`, 'm'),
      )
    }
  })
})

/** The help of a command, or of each that stands below it. */
async function helpsOf(command: readonly string[]): Promise<(readonly [string, string])[]> {
  const { exitCode, stdout } = await run([...command, '--help'])
  expect(exitCode).toBe(0)
  const below = commandsIn(stdout)
  if (below.length === 0) return [[command.join(' '), stdout]]
  return (await Promise.all(below.map((name) => helpsOf([...command, name])))).flat()
}

function commandsIn(help: string): readonly string[] {
  const list = help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? ''
  return [...list.matchAll(/^ {2}([a-z-]+)\b/gm)].map(([, name = '']) => name)
}
