import type { ConfigKind } from '../core/model/config-object.ts'

/** The table of each kind of document; all begin with the same columns. */
export const objectTables = {
  Instance: 'instance',
  Source: 'source',
  Attribute: 'attribute_definition',
  Service: 'service',
  User: 'user_document',
  Facility: 'facility',
  VO: 'vo',
  Group: 'groups',
  Resource: 'resource',
} as const satisfies Record<ConfigKind, string>

/** Whether documents of the kind lie in a VO. */
export function liesInVo(kind: ConfigKind): boolean {
  return kind === 'Group' || kind === 'Resource'
}
