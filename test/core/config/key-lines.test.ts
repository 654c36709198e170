import { expect, it } from '@jest/globals'
import { readTree } from '../../../connectors/config-repo/read-tree.ts'
import { keyLinesOf } from '../../../core/config/key-lines.ts'

const text = `apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  managers:
    - user: idp/ada
    - group: board
  exclusive: true
  attributes:
    shells:
      - /bin/bash
  members:
    - idp/grace
    - user: idp/ada
      attributes:
        badge: '0001'
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: batch }
spec:
  facility: hpc
  groups:
    - bio/watch
    - group: bio/board
      attributes: { queue: fast }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  hosts:
    - name: login1.example.org
      attributes:
        room: A1
---
apiVersion: guildhall/v1
kind: User
metadata: { name: bot }
spec:
  identities:
    - idp/bot
  serviceAccount:
    purpose: copies
    owners:
      - idp/ada
  attributes:
    login: bot
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: watch }
spec: {}
`

it('the lines of keys that messages name are known by where they stand', async () => {
  const bytes = Buffer.from(text)
  const entries = [{ path: 'all.yaml', kind: 'file' as const, bytes: bytes.length }]

  const { documents, findings } = await readTree({ entries, read: async () => bytes })

  expect(findings).toEqual([])
  expect(documents.map(keyLinesOf)).toEqual([
    {
      ...{ exclusive: 8, 'attributes.shells': 10, 'managers.idp/ada': 6 },
      'members.idp/ada.attributes.badge': 16,
    },
    { 'groups.bio/board.attributes.queue': 26 },
    { 'hosts.login1.example.org.attributes.room': 35 },
    {
      ...{ serviceAccount: 43, 'attributes.login': 48, 'identities.idp/bot': 42 },
      'serviceAccount.owners.idp/ada': 46,
    },
    undefined,
  ])
})
