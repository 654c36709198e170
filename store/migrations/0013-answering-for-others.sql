-- People who may do something, or who answer for others.

-- Whether a person is among those whom a list such as `managers` names: by an identity, or as somebody VALID in a group, which
-- without a VO of its own is one of this VO.
create function is_among(named jsonb, vo text, person integer) returns boolean language sql stable as $$
  select exists (
    select from jsonb_array_elements(named) n(holder)
    join identity i on i.ref = n.holder->>'user'
    where i.person_id = person
  ) or exists (
    select from jsonb_array_elements(named) n(holder)
    cross join lateral (
      select case when n.holder->>'group' like '%/%' then n.holder->>'group' else vo || '/' || (n.holder->>'group') end as path
    ) held
    join vo v on v.name = split_part(held.path, '/', 1)
    join member mb on (mb.vo_id, mb.person_id) = (v.id, person) and mb.status = 'VALID'
    where n.holder ? 'group' and (split_part(held.path, '/', 2) = 'members' or exists (
      select from groups g join closure c on c.above = g.id
      join membership m on m.group_id = c.below and m.person_id = person and m.status = 'VALID'
      where g.vo_id = v.id and g.name = split_part(held.path, '/', 2)))
  )
$$;
