import { AddRequest, Attribute, Change, DeleteRequest, ModifyRequest } from 'ldapts'

/** Values of an attribute, each in characters of Latin-1 that stand for its bytes. */
interface AttributeValues {
  readonly name: string
  readonly values: readonly string[]
}

/** What is done to one attribute of an entry; a replacement by no values takes it away. */
export interface Step extends AttributeValues {
  readonly operation: 'add' | 'delete' | 'replace'
}

/** What is done to one entry. */
export type EntryChange =
  | { readonly kind: 'add'; readonly dn: string; readonly attributes: readonly AttributeValues[] }
  | { readonly kind: 'modify'; readonly dn: string; readonly steps: readonly Step[] }
  | { readonly kind: 'delete'; readonly dn: string }

/** The request (RFC 4511) that a change is. */
export function encodeChange(change: EntryChange, messageId: number): Buffer {
  const { dn } = change
  switch (change.kind) {
    case 'add':
      return new AddRequest({ messageId, dn, attributes: change.attributes.map(attributeOf) }).write()
    case 'modify':
      return new ModifyRequest({ messageId, dn, changes: change.steps.map(stepOf) }).write()
    case 'delete':
      return new DeleteRequest({ messageId, dn }).write()
  }
}

function stepOf(step: Step): Change {
  return new Change({ operation: step.operation, modification: attributeOf(step) })
}

function attributeOf({ name, values }: AttributeValues): Attribute {
  return new Attribute({ type: name, values: values.map((value) => Buffer.from(value, 'latin1')) })
}
