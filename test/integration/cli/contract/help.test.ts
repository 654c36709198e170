import { describe, expect, it } from '@jest/globals'
import { run } from '../../../cli/run-program.ts'

describe('guildhall --help', () => {
  it('leads to every command, and each has --json and an example of its own', async () => {
    const top = await run(['--help'])
    const listed = commandsIn(top.stdout)
    expect(listed).toEqual(expect.arrayContaining(['validate', 'plan', 'apply', 'status', 'holds', 'approve', 'audit']))

    for (const name of listed) {
      const { exitCode, stdout } = await run([name, '--help'])
      const below = commandsIn(stdout)
      const helps = below.length === 0 ? [[name, stdout]] : await Promise.all(below.map((sub) => helpOf(name, sub)))
      expect(exitCode).toBe(0)
      for (const [command = '', help = ''] of helps) {
        expect(help).toMatch(/^ {2}--json +print JSON$/m)
        expect(help).toMatch(
          new RegExp(`^Examples:\\n(?: {2}.*\\n)*? {2}(?:\\S+=\\S+ )*guildhall ${command}\\b.* {2}\\S`, 'm'),
        )
      }
    }
  })
})

async function helpOf(name: string, sub: string): Promise<readonly string[]> {
  return [`${name} ${sub}`, (await run([name, sub, '--help'])).stdout]
}

function commandsIn(help: string): readonly string[] {
  const list = help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? ''
  return [...list.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name)
}
