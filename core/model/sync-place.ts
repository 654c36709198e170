/** What is synced from where; without a group, the VO itself and what its source spreads over groups. */
export interface SyncedPlace {
  readonly source: string
  readonly vo: string
  readonly group?: string
}

/** Names a sync: its workflow, its Schedule, and what is noted of it. */
export function syncId({ source, vo, group }: SyncedPlace): string {
  return `sync/${source}/${vo}${group === undefined ? '' : `/${group}`}`
}

/** The place of something that says more of a sync. */
export function placeOf(
  sync: Omit<SyncedPlace, 'group'> & { readonly group?: string | null | undefined },
): SyncedPlace {
  const { source, vo, group } = sync
  return { source, vo, ...(typeof group === 'string' && { group }) }
}
