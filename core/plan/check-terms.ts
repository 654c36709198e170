import { isKind } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'
import type { VoTerms } from '../model/state.ts'
import type { Draft } from './draft.ts'
import { knownTerms } from './terms.ts'

/** Refuses another text under a version that was in force, or that somebody has accepted: they accepted the text it had then. */
export function checkTerms(draft: Draft): Finding[] {
  return draft.ofKind('VO').flatMap(({ want }): Finding[] => {
    if (want === undefined || !isKind(want, 'VO') || want.spec.terms === undefined) return []
    const { version, next } = want.spec.terms
    const known = knownTerms(draft, want)
    const fault =
      next?.version === version
        ? `version "${version}" cannot be announced, as it is the one in force; give the announced text another`
        : [want.spec.terms, ...(next === undefined ? [] : [next])].map((text) => changedText(text, known)).find(isText)
    if (fault === undefined) return []
    return [
      {
        ...{ severity: 'error', code: 'terms-changed', message: fault },
        ...{ at: want.at, path: 'spec.terms.version', scope: scopeOf(want) },
      },
    ]
  })
}

const isText = (text: string | undefined): text is string => text !== undefined

interface TextOfVersion {
  readonly version: string
  readonly file: string
  readonly sha256: string
}

function changedText({ version, file, sha256 }: TextOfVersion, known: VoTerms | undefined): string | undefined {
  const isOther = (text: { readonly version: string; readonly sha256: string }): boolean =>
    text.version === version && text.sha256 !== sha256
  const other = known?.versions.find(isOther)
  if (other !== undefined)
    return `"${file}" has another text than version "${version}" of these terms had, which came into force on ${other.since.toISOString().slice(0, 10)}; give it a new version`
  if (known?.acceptedTexts?.some(isOther) !== true) return undefined
  return `"${file}" has another text than version "${version}" of these terms had when members accepted it; give it a new version`
}
