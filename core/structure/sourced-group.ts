/** A group as a source's record describes it. */
export interface GroupRecord {
  /** What the group is at the source, whatever it is called. */
  readonly key: string
  /** One part of a group's path. */
  readonly name: string
  /** Key of the group that it lies in; absent for one that lies directly below the base. */
  readonly parent?: string
  readonly title?: string
  /** Keys of groups whose members are indirect members of this one. */
  readonly includes: readonly string[]
}

/** A group that a source keeps below a base. */
export interface SourcedGroup {
  readonly key: string
  /** Below the base: `a:b`. */
  readonly path: string
  readonly title?: string
  /** Keys, in order. */
  readonly includes: readonly string[]
}

/** Why a group, and what lies below it, stays as it is or is not made. */
type SkipReason =
  | ('no-key' | 'no-name' | 'unreadable' | 'key-twice' | 'cycle' | 'below-skipped')
  | ('name-unfit' | 'name-reserved' | 'name-taken' | 'name-twice')

/** What of a record is left out, while the group itself is made. */
type LeftOut = 'parent-unknown' | 'title-unfit' | 'include-unknown' | 'include-cycle'

/** Something about a record that does not fit. */
export interface StructureNote {
  readonly reason: SkipReason | LeftOut
  /** Of the group; of a record without one, its name or nothing. */
  readonly key: string
  /** What it is about: the name that does not fit, the parent that is unknown. */
  readonly value?: string
}

/** The last part of a path. */
export function labelOf(path: string): string {
  return path.slice(path.lastIndexOf(':') + 1)
}
