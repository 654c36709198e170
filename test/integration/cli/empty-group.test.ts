import { expect, it } from '@jest/globals'
import { onConfiguration } from './on-database.ts'

const { guildhall } = onConfiguration(`
apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: urn:geant:example.org, authority: guildhall.example.org, trust: { signatures: none } }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.affiliation }
spec: { type: string }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: {}
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: board }
spec: {}
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: staff }
spec: { where: "user.affiliation == 'staff'", allowEmpty: true }
`)

const rule = { where: "user.affiliation == 'staff'", file: 'all.yaml', line: 25 }

it.each([
  ['board', 'Name people under spec.members of its document, commit, and run `guildhall apply`.', { members: [] }],
  ['staff', `Its rule brings in nobody: ${rule.where} (${rule.file}:${rule.line})`, { members: [], rule }],
])('members says of group %s, in which nobody is, how somebody would come in', async (group, ways, expected) => {
  const asked = ['members', '--vo', 'astro', '--group', group]
  const { stdout } = await guildhall(asked)
  const answer: unknown = JSON.parse((await guildhall([...asked, '--json'])).stdout)

  expect(stdout).toBe(`Nobody is a member of group astro/${group}. ${ways}\n`)
  expect(answer).toEqual(expected)
})
