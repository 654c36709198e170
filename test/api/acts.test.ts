import { describe, expect, it } from '@jest/globals'
import { acts } from '../../api/acts/table.ts'
import { run } from '../cli/run-program.ts'

describe('the table of acts', () => {
  it.each(acts.map(({ command }) => command))('names a command that there is: %s', async (command) => {
    const { exitCode, stdout } = await run([...command.split(' '), '--help'])

    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`Usage: guildhall ${command} `)])
  })

  it('has each path and each name once, and reads only what changes nothing', () => {
    const paths = acts.map(({ path }) => path)
    const ids = acts.map(({ id }) => id)

    expect(paths).toEqual([...new Set(paths)])
    expect(ids).toEqual([...new Set(ids)])
    expect(acts.filter(({ method }) => method === 'GET').map(({ command }) => command.split(' ').at(-1))).toEqual(
      expect.not.arrayContaining(['approve', 'submit', 'verify']),
    )
  })
})
