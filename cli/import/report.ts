import type { Written } from '../../connectors/config-repo/write-repository.ts'
import type { ConfigDocument } from '../../core/config/document.ts'
import { userOf } from '../../core/config/references.ts'
import type { Imported, Note } from '../../core/import/imported.ts'
import { configKinds, type ConfigKind } from '../../core/model/config-object.ts'
import { count, countPeople } from '../../core/model/count.ts'
import type { Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'

/** What came of an import, as `--json` prints it; schemas/cli/import-report.schema.json describes it. */
interface Report {
  readonly folder: string
  /** Paths from the folder, in order. */
  readonly files: readonly string[]
  /** How many documents of each kind were written. */
  readonly documents: Partial<Readonly<Record<ConfigKind, number>>>
  readonly people: number
  readonly memberships: number
  /** Documents that were in the folder already, and stay as they are. */
  readonly kept: readonly string[]
  /** What was left out as documents that were in the folder say otherwise, and stay as they are. */
  readonly conflicts: readonly string[]
  readonly changed: readonly Note[]
  readonly leftOut: readonly Note[]
}

/** Tells what was written, what is not as it was, and what was left out. */
export function reportOf(
  folder: string,
  { changed, leftOut }: Imported,
  { files, paths, there, conflicts }: Written,
): Answer {
  const documents = files.flatMap((file) => file.documents)
  const members = documents.flatMap(membersOf)
  const report: Report = {
    ...{ folder, files: paths, documents: countsOf(documents) },
    ...{ people: new Set([...members, ...documents.flatMap(ownIdentities)]).size, memberships: members.length },
    ...{ kept: there, conflicts, changed, leftOut },
  }
  return {
    json: report,
    text: textOf(report),
    exitCode: leftOut.length + conflicts.length > 0 ? exitCodes.leftOut : exitCodes.done,
  }
}

function membersOf({ kind, spec }: ConfigDocument): string[] {
  return kind === 'VO' || kind === 'Group' ? (spec.members ?? []).map(userOf) : []
}

/** A person counts once, by the first identity. */
function ownIdentities({ kind, spec }: ConfigDocument): string[] {
  return kind === 'User' ? spec.identities.slice(0, 1) : []
}

/** How many documents there are of each kind. */
export function countsOf(documents: readonly ConfigDocument[]): Report['documents'] {
  const counted = configKinds.map((kind): [string, number] => [
    kind,
    documents.filter((document) => document.kind === kind).length,
  ])
  return Object.fromEntries<number>(counted.filter(([, number]) => number !== 0))
}

function textOf(report: Report): string {
  const { folder, files, documents, people, memberships, kept, conflicts, changed, leftOut } = report
  const kinds = Object.entries(documents).map(([kind, number]) => `${number} ${kind}`)
  const counted = [...kinds, `${count(memberships, 'membership')} of ${countPeople(people)}`].join(', ')
  return [
    `${count(files.length, 'file')} written to "${folder}": ${counted}`,
    ...section('Not as it was:', changed.map(line)),
    ...section('Left out:', leftOut.map(line)),
    ...section('Left out, as what is there says otherwise and stays as it was:', conflicts),
    ...section('There already, and as it was:', kept),
    '',
    `\`guildhall validate\` checks it once more, \`guildhall plan\` tells what it would change in the running system`,
  ].join('\n')
}

/** Lines under a title, where there are any. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((text) => `  ${text}`)]
}

function line({ file, line: number, what, why }: Note): string {
  return `${file}:${number} ${what}: ${why}`
}
