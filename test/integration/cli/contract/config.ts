/** Files of a configuration by path. */
export type Files = Readonly<Record<string, string>>

/** Two VOs with nested groups, an include, subgroups, and people who lack something. */
export const twoVos: Files = {
  'instance/instance.yaml': `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, timeZone: UTC, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: github }
spec: { type: declared, loa: 1 }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.shelf }
spec: { type: string, read: [everyone], write: [nobody] }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user-facility.uid }
spec: { type: integer, unique: facility, generate: { sequence: { from: 10000, to: 60000, per: facility } }, read: [everyone], write: [nobody] }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: people }
spec: { generator: json, requires: [user.login, user-facility.uid] }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: names }
spec: { generator: json }
`,
  'instance/facilities.yaml': `apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  owners: [{ name: Computing centre, email: hpc@example.org }]
  services: { people: {}, names: {} }
  offers: [{ name: all, vo: astro, services: [people, names] }]
  destinations:
    - { name: files, services: [people, names], type: directory, options: { path: hpc } }
    - { name: copy, services: [people], type: directory, options: { path: hpc-copy } }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: archive }
spec:
  owners: [{ name: Archive, email: archive@example.org }]
  services: { people: {}, names: {} }
  use: { user.login: user.shelf }
  offers: [{ name: astro, vo: astro, services: [names] }, { name: history, vo: history }]
  destinations: [{ name: files, services: [names, people], type: directory, options: { path: archive } }]
`,
  'instance/people.yaml': ['ada', 'bob', 'cyd', 'dan', 'gil']
    .map(
      (name) => `apiVersion: guildhall/v1
kind: User
metadata: { name: ${name} }
spec:
  identities: [idp/${name}${name === 'ada' ? ', github/ada-l' : ''}]
  attributes: { login: ${name}, email: ${name}@example.org, shelf: s-${name} }
`,
    )
    .join('---\n'),
  'astro/vo.yaml': `apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  managers: [{ user: idp/root }]
  members: [idp/gil]
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope }
spec: { members: [idp/ada], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope:operators }
spec: { members: [idp/bob], includes: [engineers], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: telescope:operators:night }
spec: { members: [idp/cyd, idp/ada], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: engineers }
spec:
  members:
    - idp/dan
    - idp/eve
  allowEmpty: true
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: engineers:on-call }
spec: { members: [idp/dan], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: nobody }
spec: { members: [] }
`,
  'astro/resources.yaml': `apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: batch }
spec:
  facility: hpc
  services: [people]
  groups: [telescope]
  capabilities: ["res:batch:act:submit", "res:batch:act:cancel"]
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: consoles }
spec: { facility: hpc, services: [people, names], groups: [{ group: engineers, subgroups: true }] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: lounge }
spec: { facility: archive, services: [names], groups: [members] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: quiet }
spec: { facility: hpc, services: [people, names], groups: [nobody], capabilities: ["res:quiet"] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: spare }
spec: { facility: hpc, services: [names] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: workshop }
spec: { facility: archive, services: [names], groups: [engineers] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: beyond }
spec: { facility: archive, services: [people], groups: [telescope] }
`,
  'history/vo.yaml': `apiVersion: guildhall/v1
kind: VO
metadata: { name: history }
spec:
  managers: [{ user: idp/root }]
  members: [idp/bob, idp/hal]
  requires: { attributes: [user.email] }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: history, name: curators }
spec: { members: [idp/gil], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: history, name: room }
spec: { facility: archive, services: [people, names], groups: [members] }
`,
}

/** The same files with one text of one of them replaced. */
export function edited(files: Files, file: string, [from, to]: readonly [string, string]): Files {
  const text = files[file] ?? ''
  if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
  return { ...files, [file]: text.replace(from, () => to) }
}

/** The line on which a file says a text for the first time. */
export function lineOf(files: Files, file: string, word: string): number {
  const text = files[file] ?? ''
  const start = text.indexOf(word)
  if (start < 0) throw new Error(`${file} does not say ${word}`)
  return text.slice(0, start).split('\n').length
}
