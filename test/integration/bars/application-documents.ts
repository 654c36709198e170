/** The text of an installation whose one facility gets a file of people with their status and uid. */
export const aboutPeople = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { admins: [{ user: idp/root }], guard: { from: 1000 } }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 1 }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user-facility.uid }
spec: { type: integer, unique: facility, generate: { sequence: { from: 10000, to: 60000, per: facility } } }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: member.institute }
spec: { type: string, write: [self] }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: people }
spec: { generator: json, requires: [user.login, user-facility.uid] }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  owners: [{ name: Computing centre, email: hpc@example.org }]
  services: { people: {} }
  destinations: [{ name: files, services: [people], type: directory, options: { path: hpc } }]
`

/** The text of a VO with a resource for all its members, a form to join and one for more time, which ask the same managers. */
export function vo(name: string, spec: string, form: string): string {
  return `---
apiVersion: guildhall/v1
kind: VO
metadata: { name: ${name} }
spec:${spec}
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: ${name}, name: batch }
spec: { facility: hpc, services: [people], groups: [members] }
---
apiVersion: guildhall/v1
kind: Form
metadata: { vo: ${name}, name: join }
spec:
  for: initial${form}
---
apiVersion: guildhall/v1
kind: Form
metadata: { vo: ${name}, name: longer }
spec: { for: extension, items: [], approval: { rejectAfter: P60D } }
`
}
