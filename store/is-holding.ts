/** Whether a row `m` of memberships holds somebody in the VO: one of its own, or what git, a source or a rule puts into a group. */
export const isHolding = `(m.group_id is null or m.origin in ('config', 'sync', 'rule'))`

/** Whether no row holds a member `mb` in the VO. */
export const isUnheld = `not exists (
  select from membership m where (m.vo_id, m.person_id) = (mb.vo_id, mb.person_id) and ${isHolding})`
