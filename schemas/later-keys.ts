import type { ConfigKind } from '../core/model/config-object.ts'

/** Kinds of documents the format knows and this version does not read yet. */
export const laterKinds: readonly string[] = ['Policy']

const guarded = ['window']

/** Keys the format knows and this version does not accept yet, by kind and by place (`[]` for any entry of a list, `{}` for any key). */
const laterKeys: Readonly<Record<ConfigKind, Readonly<Record<string, readonly string[]>>>> = {
  Instance: {
    'spec.trust': ['signers', 'owners'],
    'spec.guard.overrides[]': ['group', 'resource', 'facility', 'window'],
  },
  Source: { 'spec.guard': guarded },
  User: {},
  VO: {
    spec: ['observers'],
    'spec.guard': guarded,
  },
  Group: {
    'spec.guard': guarded,
  },
  Form: {},
  Notification: {},
  Resource: {},
  Facility: { spec: ['clients'] },
  Service: { 'spec.guard': guarded },
  Attribute: {},
}

/** Values the format knows and this version does not accept yet. */
const laterValues: Readonly<Record<string, readonly string[]>> = {
  'Instance spec.trust.signatures': ['required'],
}

/** Tells whether a key is one that a later version accepts at this place. */
export function isLaterKey(kind: ConfigKind, place: string, key: string): boolean {
  return laterKeys[kind][place]?.includes(key) ?? false
}

/** Tells whether a value is one that a later version accepts at this place. */
export function isLaterValue(kind: ConfigKind, place: string, value: unknown): boolean {
  return typeof value === 'string' && (laterValues[`${kind} ${place}`]?.includes(value) ?? false)
}
