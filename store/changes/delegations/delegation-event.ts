/** The event of each delegation $5 that stands in a table; of one that has ended `reason` says why. */
export function delegationEvent(
  action: 'add' | 'end',
  table: 'delegation' | 'delegation_past',
  reason: string,
): string {
  return `select '${action}' as action, 'Delegation' as kind, coalesce(vo.name, a.vo) as vo, d.id::text as name,
      jsonb_strip_nulls(jsonb_build_object('user', away.identities[1], 'delegate', here.identities[1], 'application', d.application_id,
        'from', d.starts_at, 'until', d.until, 'reason', ${reason})) as personal
    from ${table} d
    join person away on away.id = d.delegator_id join person here on here.id = d.delegate_id
    left join application a on a.id = d.application_id
    left join vo on vo.id = coalesce(d.vo_id, a.vo_id)
    where d.id = any($5) order by d.id`
}
