/** Whether a row `m` of memberships holds somebody in the VO: one of its own, or what git, a source or a rule puts into a group. */
export const isHolding = `(m.group_id is null or m.origin in ('config', 'sync', 'rule'))`
