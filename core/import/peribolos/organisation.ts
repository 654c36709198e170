/** A team of an organisation, with the names it has here. */
export interface Team {
  /** The path of its group, `sig-release:leads`. */
  readonly group: string
  /** As it is called there. */
  readonly title: string
  readonly description?: string
  readonly previously: readonly string[]
  /** Its maintainers, by identity. */
  readonly managers: readonly string[]
  /** Everybody in it, by identity. */
  readonly members: readonly string[]
  readonly privacy?: 'closed' | 'secret'
  readonly access: readonly Access[]
}

/** What a team may do in a repository. */
export interface Access {
  readonly repository: string
  readonly permission: string
}

/** An organisation, put together from all files that tell of it. */
export interface Organisation {
  /** The name of its VO. */
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly admins: readonly string[]
  /** The admins too. */
  readonly members: readonly string[]
  readonly teams: readonly Team[]
  readonly repositories: readonly string[]
  /** What every member may do in every repository. */
  readonly permission?: string
}
