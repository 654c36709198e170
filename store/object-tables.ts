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
  Form: 'form',
  Notification: 'notification',
} as const satisfies Record<ConfigKind, string>
