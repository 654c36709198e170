import type { Manager } from '../../schemas/generated/config.ts'
import type { ConfigKind, Specs } from '../model/config-object.ts'
import type { Path } from './document.ts'

/** A key under which a document names people and groups that may do something. */
type RoleKey = 'admins' | 'managers' | 'membershipManagers' | 'banManagers' | 'sponsors'

/** Whom a document names under one key. */
export interface Role {
  readonly key: RoleKey
  readonly holders: readonly Manager[]
}

/** Terms are read with their text or not yet. */
type Holder = { readonly [K in ConfigKind]: { readonly kind: K; readonly spec: Omit<Specs[K], 'terms'> } }[ConfigKind]

/** Lists whom a document names as somebody who may do something, by key. */
export function rolesIn(document: Holder): Role[] {
  switch (document.kind) {
    case 'Instance':
      return [role('admins', document.spec.admins)]
    case 'VO':
      return [
        role('managers', document.spec.managers),
        role('membershipManagers', document.spec.membershipManagers),
        role('banManagers', document.spec.banManagers),
        role('sponsors', document.spec.sponsors),
      ]
    case 'Group':
      return [role('managers', document.spec.managers), role('membershipManagers', document.spec.membershipManagers)]
    case 'Facility':
    case 'Resource':
      return [role('managers', document.spec.managers)]
    default:
      return []
  }
}

/** A person or group whom a form names as one who decides, and where. */
export interface ApproverAt {
  readonly holder: Manager
  readonly path: Path
}

/** People and groups that a form names: by whom a step is decided, and to whom it escalates. */
export function approversIn(document: Holder): ApproverAt[] {
  if (document.kind !== 'Form') return []
  return (document.spec.approval?.steps ?? []).flatMap(({ by, escalateTo }, index): ApproverAt[] => {
    const path = ['spec', 'approval', 'steps', index]
    return [
      ...(typeof by === 'object' && !('where' in by) ? [{ holder: by, path: [...path, 'by'] }] : []),
      ...(escalateTo === undefined ? [] : [{ holder: escalateTo, path: [...path, 'escalateTo'] }]),
    ]
  })
}

function role(key: RoleKey, holders: readonly Manager[] = []): Role {
  return { key, holders }
}
