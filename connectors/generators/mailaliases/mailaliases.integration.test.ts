import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, inputOf } from '../../../test/connectors/generator-input.ts'
import { anyAddress, anyAddresses, manyPeople } from '../../../test/connectors/many-people.ts'
import { runProgram } from '../../../test/connectors/run-program.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import { generator } from './index.ts'

const program = '/usr/sbin/postalias'
const withPostfix = hasServer(program) ? describe : describe.skip

withPostfix('aliases in Postfix (needs postalias: apt-get install postfix)', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postfix-'))
    await writeFile(join(folder, 'main.cf'), 'compatibility_level = 3.6\nmyhostname = mail.example.org\n')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const postalias = (args: readonly string[], input?: string): ReturnType<typeof runProgram> =>
    runProgram(program, ['-c', folder, ...args], input)

  it('are taken without a complaint, and each one is found again as it was written', async () => {
    const accounts = manyPeople(300, { 'user.email': anyAddress, 'user.emails': anyAddresses })
    const { files, leftOut } = await generate(generator, inputOf({ accounts }))
    const written = files['mailaliases'] ?? ''
    const map = `hash:${join(folder, 'mailaliases')}`
    await writeFile(join(folder, 'mailaliases'), written)

    const made = await postalias([map])
    const logins = written.match(/^[^:]+/gm) ?? []
    const found = await postalias(['-q', '-', map], logins.map((login) => `${login}\n`).join(''))

    expect(made).toEqual({ code: 0, output: '', complaints: '' })
    expect(logins).toHaveLength(accounts.length - leftOut.length)
    expect(logins.length).toBeGreaterThan(20)
    expect(found).toEqual({ code: 0, output: written.replaceAll(/^([^:]+): /gm, '$1:\t'), complaints: '' })
  })

  it('are complained of by the same program where a line is broken', async () => {
    await writeFile(join(folder, 'broken'), 'ada ada@example.org\n')

    const { complaints } = await postalias([`hash:${join(folder, 'broken')}`])

    expect(complaints).toContain('warning')
  })
})
