import { isKind } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'
import type { Draft } from './draft.ts'

/** Refuses to delete a VO that is protected in force: lifting the protection takes a commit of its own. */
export function checkProtected(draft: Draft): Finding[] {
  return draft.ofKind('VO').flatMap(({ have, want }): Finding[] => {
    if (have === undefined || want !== undefined || !isKind(have, 'VO') || have.spec.protected !== true) return []
    const message = `VO "${have.name}" is protected and cannot be deleted; apply a commit without protected: true first, then delete it`
    return [
      { severity: 'error', code: 'protected', message, at: have.at, path: 'spec.protected', scope: scopeOf(have) },
    ]
  })
}
