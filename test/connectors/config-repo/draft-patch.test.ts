import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { draftPatch, type MemberInGit } from '../../../connectors/config-repo/draft-patch.ts'

const vo = `# the people of astro
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  members:
    - idp/ada # founder
    - idp/linus
    # a visitor
    - user: idp/grace
      expires: 2027-01-01
    - idp/alan
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope }
spec:
  members: [idp/ada, { user: idp/linus, expires: 2027-02-01 }, idp/alan]
  where: "true"
`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-patch-'))
  execFileSync('git', ['init', '-q', folder])
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The files once the drafted patch was applied by git. */
async function patched(files: Readonly<Record<string, string>>, members: readonly MemberInGit[]): Promise<string[]> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const patch = await draftPatch(async (file) => files[file], members)
  if (patch !== '') execFileSync('git', ['-C', folder, 'apply', '-'], { input: patch })
  return Object.keys(files).map((file) => readFileSync(join(folder, file), 'utf8'))
}

const of = (file: string, line: number, identity: string): MemberInGit => ({ file, line, identity })

describe('a drafted patch', () => {
  it('takes out entries of lines and of brackets, and touches nothing else', async () => {
    const [after] = await patched({ 'vos/astro.yaml': vo }, [
      of('vos/astro.yaml', 7, 'idp/ada'),
      of('vos/astro.yaml', 10, 'idp/grace'),
      of('vos/astro.yaml', 18, 'idp/linus'),
      of('vos/astro.yaml', 18, 'idp/alan'),
    ])

    const expected = vo
      .replace('    - idp/ada # founder\n', '')
      .replace('    - user: idp/grace\n      expires: 2027-01-01\n', '')
      .replace('[idp/ada, { user: idp/linus, expires: 2027-02-01 }, idp/alan]', '[idp/ada]')
    expect(after).toBe(expected)
  })

  it('leaves an empty list where nobody is left, so that git goes on to say so', async () => {
    const lines = [of('a.yaml', 7, 'idp/ada'), of('a.yaml', 8, 'idp/linus'), of('a.yaml', 10, 'idp/grace')]
    const [after] = await patched({ 'a.yaml': vo }, [
      ...lines,
      of('a.yaml', 12, 'idp/alan'),
      ...['idp/ada', 'idp/linus', 'idp/alan'].map((identity) => of('a.yaml', 18, identity)),
    ])

    expect(after).toContain('spec:\n  members: []\n---\n')
    expect(after).toContain('spec:\n  members: []\n  where: "true"\n')
  })

  it('takes lines out of a list of people, also without an end of line', async () => {
    const csv = 'identity,expires\nidp/ada,\n"idp/grace",2027-01-01\nidp/alan,'
    const [after] = await patched({ 'my people.csv': csv }, [
      of('my people.csv', 3, 'idp/grace'),
      of('my people.csv', 4, 'idp/alan'),
    ])

    expect(after?.trim()).toBe('identity,expires\nidp/ada,')
  })

  it('finds who stands elsewhere by now, and leaves whoever is found twice', async () => {
    const [after] = await patched({ 'a.yaml': vo }, [of('a.yaml', 3, 'idp/grace'), of('a.yaml', 3, 'idp/ada')])

    expect(after).toBe(vo.replace('    - user: idp/grace\n      expires: 2027-01-01\n', ''))
  })
})
