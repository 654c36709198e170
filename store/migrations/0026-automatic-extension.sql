-- Members whose membership of a VO is extended on the day of its end without anybody asking for it.

-- Whether a person was seen so shortly before their membership ends that the rules of the VO extend it by themselves.
create function was_seen_before(spec jsonb, person integer, day date, zone text) returns boolean language sql stable as $$
  select spec->'expiration' ? 'autoExtend' and exists (
    select 1 from identity i
    where i.person_id = person
      and coalesce(spec->'expiration'->'autoExtend'->'sources' ? i.source, true)
      and day_of(i.seen_at, zone) > (day - (spec->'expiration'->'autoExtend'->>'lastLoginWithin')::interval)::date)
$$;

-- Whether the rules of the VO let a level of assurance have another term.
create function is_renewable(expiration jsonb, loa integer) returns boolean language sql immutable as $$
  select not coalesce(expiration->'notRenewableLoas' @> to_jsonb(loa), false)
    and coalesce((
      select coalesce((e.entry->>'renewable')::boolean, true)
      from jsonb_array_elements(expiration->'byLoa') with ordinality e(entry, place)
      where (e.entry->>'loa')::integer = loa order by e.place limit 1), true)
$$;

-- Whether a member will be extended on the day of the end, as things stand: seen not long before, in a VO that goes on and has a
-- term, held by what managers may extend and kept by nothing else. It agrees with `decideAct` in core.
create function is_extended_at_end(spec jsonb, mb member, zone text) returns boolean language sql stable as $$
  select spec->'expiration' ?| '{extendBy,extendUntil}'
    and was_seen_before(spec, mb.person_id, mb.expires, zone)
    and coalesce((spec->>'expires')::date > mb.expires, true)
    and not is_exempt(spec->'expiration', mb.person_id)
    and not exists (
      select from membership k
      where (k.vo_id, k.person_id) = (mb.vo_id, mb.person_id) and k.origin in ('config', 'sync', 'rule'))
    and (select count(*) = 0 or bool_or(own.origin <> 'sponsor') from membership own
      where (own.vo_id, own.person_id) = (mb.vo_id, mb.person_id) and own.group_id is null)
    and is_renewable(spec->'expiration', loa_on(mb.person_id, mb.expires, zone))
$$;
