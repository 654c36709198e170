import { isKind } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'
import type { Draft } from './draft.ts'
import { knownTerms } from './terms.ts'

/** Refuses another text under a version that was in force: people accepted the text it had then. */
export function checkTerms(draft: Draft): Finding[] {
  return draft.ofKind('VO').flatMap(({ want }): Finding[] => {
    if (want === undefined || !isKind(want, 'VO') || want.spec.terms === undefined) return []
    const { version, sha256, file } = want.spec.terms
    const other = knownTerms(draft, want)?.versions.find(
      (known) => known.version === version && known.sha256 !== sha256,
    )
    if (other === undefined) return []
    const since = other.since.toISOString().slice(0, 10)
    const message = `"${file}" has another text than version "${version}" of these terms had, which came into force on ${since}; give it a new version`
    return [
      {
        ...{ severity: 'error', code: 'terms-changed', message },
        ...{ at: want.at, path: 'spec.terms.version', scope: scopeOf(want) },
      },
    ]
  })
}
