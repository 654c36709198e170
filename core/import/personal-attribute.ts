import type { AttributeSpec } from '../../schemas/generated/config.ts'

/** Defines an attribute of people that nobody has said more of: no others read it than the person and the managers of their VOs. */
export function personalAttribute(type: AttributeSpec['type']): AttributeSpec {
  return { type, read: ['self', 'vo-managers'], write: ['nobody'] }
}
