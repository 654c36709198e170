import type { ConfigDocument } from '../../config/document.ts'
import { compareText } from '../../model/compare.ts'
import { groupBy } from '../../model/group-by.ts'
import { documentOf, fileFor } from '../document.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import { noNotes, type Imported, type ImportedFile } from '../imported.ts'
import type { InputFile } from '../input.ts'
import { loginsIgnoringCase } from '../logins.ts'
import type { Access, Organisation, Team } from './organisation.ts'
import { readOrganisations } from './read-organisations.ts'

/** How an import names what its files do not name. */
interface PeribolosOptions {
  readonly instance: string
  /** The source of the logins. */
  readonly source: string
  /** The organisation of files without `orgs`. */
  readonly org?: string
}

/**
 * Makes a configuration of peribolos files: an organisation is a VO, a team a group, and what may be done in a repository a resource
 * of the facility of that organisation. IMPORT_REFUSED where a file does not say whose it is.
 */
export function importPeribolos(files: readonly InputFile[], { instance, source, org }: PeribolosOptions): Imported {
  const notes = noNotes()
  const organisations = readOrganisations(files, { notes, readLogin: loginsIgnoringCase(source), org })
  const hasPrivacy = organisations.some(({ teams }) => teams.some(({ privacy }) => privacy !== undefined))
  const common: ConfigDocument[] = [
    documentOf('Instance', { name: instance }, { trust: { signatures: 'none' } }),
    documentOf('Source', { name: source }, { type: 'declared' }),
    ...(hasPrivacy ? [privacyAttribute()] : []),
  ]
  return { files: [{ path: 'instance.yaml', documents: common }, ...organisations.flatMap(filesOf)], ...notes }
}

function privacyAttribute(): ConfigDocument {
  return documentOf(
    'Attribute',
    { name: 'group.privacy', title: 'Who sees a team on GitHub' },
    { type: 'string', schema: { enum: ['closed', 'secret'] }, read: ['everyone'], write: ['nobody'] },
  )
}

function filesOf(organisation: Organisation): ImportedFile[] {
  const { name, teams } = organisation
  const byTop = groupBy(teams, ({ group }) => group.split(':')[0] ?? group)
  const groups = [...byTop].map(([top, own]) => ({
    path: fileFor(`${name}/groups`, top),
    documents: own.map((team) => groupDocument(team, name)),
  }))
  return [
    { path: fileFor(name, 'vo'), documents: [voDocument(organisation), facilityDocument(name)] },
    ...groups.sort((one, other) => compareText(one.path, other.path)),
    { path: fileFor(name, 'resources'), documents: resourceDocuments(organisation) },
  ]
}

function voDocument({ name, title, description, admins, members }: Organisation): ConfigDocument {
  const managers = admins.map((user) => ({ user }))
  return documentOf(
    'VO',
    { name, ...(title !== undefined && { title }), ...(description !== undefined && { description }) },
    { ...(managers.length > 0 && { managers }), members: [...members].sort(compareText) },
  )
}

function groupDocument(team: Team, vo: string): ConfigDocument {
  const { group, title, description, previously, privacy } = team
  const managers = team.managers.map((user) => ({ user }))
  return documentOf(
    'Group',
    {
      ...{ vo, name: group },
      ...(title !== group.split(':').at(-1) && { title }),
      ...(description !== undefined && { description }),
      ...(previously.length > 0 && { previously }),
    },
    {
      ...(managers.length > 0 && { managers }),
      members: [...team.members].sort(compareText),
      ...(privacy !== undefined && { attributes: { privacy } }),
    },
  )
}

function facilityDocument(vo: string): ConfigDocument {
  return documentOf('Facility', { name: vo, title: `Repositories of ${vo}` }, { offers: [{ name: 'main', vo }] })
}

interface Right extends Access {
  readonly group: string
}

function resourceDocuments(organisation: Organisation): ConfigDocument[] {
  const { name: vo } = organisation
  const [names, repositories] = [noNames(), noNames()]
  const rights = groupBy(rightsIn(organisation), ({ repository }) => repository.toLowerCase())
  const inOrder = [...rights].sort(([one], [other]) => compareText(one, other))
  return inOrder.flatMap(([, own]) => {
    const repository = fittingName(own[0]?.repository ?? '', repositories)
    const byPermission = groupBy(own, ({ permission }) => permission)
    return [...byPermission]
      .sort(([one], [other]) => compareText(one, other))
      .map(([permission, them]) => {
        const tag = fittingName(permission, noNames())
        return documentOf(
          'Resource',
          { vo, name: fittingName(`${repository}.${tag}`, names) },
          {
            facility: vo,
            groups: [...new Set(them.map(({ group }) => group))].sort(compareText),
            capabilities: [`res:${vo}:${repository}:act:${tag}`],
            tags: [tag],
          },
        )
      })
  })
}

/** What each team may do, and what every member may do everywhere. */
function rightsIn({ teams, repositories, permission }: Organisation): Right[] {
  const ofTeams = teams.flatMap(({ group, access }) => access.map((one) => ({ ...one, group })))
  if (permission === undefined) return ofTeams
  const all = [...repositories, ...ofTeams.map(({ repository }) => repository)]
  return [...ofTeams, ...all.map((repository) => ({ repository, permission, group: 'members' }))]
}
