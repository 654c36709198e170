import { escapeXml } from '../../xml-text.ts'

/** A VOMS VO as it is written. */
export interface VomsVo {
  readonly name: string
  readonly users: readonly VomsUser[]
}

/** Somebody in a VO, who is a user of their own there for each certificate. */
export interface VomsUser {
  readonly email: string
  readonly certificates: readonly { readonly subject: string; readonly issuer: string }[]
  readonly roles: readonly string[]
  readonly groups: readonly { readonly name: string; readonly roles: readonly string[] }[]
}

/** Renders XML in pieces: VOs and users in the order in which they come. */
export function* renderVos(vos: Iterable<VomsVo>): Iterable<string> {
  yield '<vos>\n'
  for (const { name, users } of vos) {
    yield `  <vo>\n${element(4, 'name', name)}    <users>\n`
    for (const user of users) yield userText(user)
    yield '    </users>\n  </vo>\n'
  }
  yield '</vos>\n'
}

function userText({ email, certificates, roles, groups }: VomsUser): string {
  const groupTexts = groups.map((group) =>
    block(10, 'group', element(12, 'name', group.name) + block(12, 'roles', rolesText(14, group.roles))),
  )
  const rest =
    element(8, 'email', email) + block(8, 'groups', groupTexts.join('')) + block(8, 'roles', rolesText(10, roles))
  return certificates
    .map(({ subject, issuer }) => block(6, 'user', element(8, 'CA', issuer) + element(8, 'DN', subject) + rest))
    .join('')
}

function rolesText(indent: number, roles: readonly string[]): string {
  return roles.map((role) => element(indent, 'role', role)).join('')
}

function element(indent: number, name: string, text: string): string {
  return `${' '.repeat(indent)}<${name}>${escapeXml(text)}</${name}>\n`
}

function block(indent: number, name: string, inner: string): string {
  if (inner === '') return element(indent, name, '')
  return `${' '.repeat(indent)}<${name}>\n${inner}${' '.repeat(indent)}</${name}>\n`
}
