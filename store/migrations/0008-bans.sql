-- Bans, and access with regard to them.

-- Each way again, with the worse of VO and group status; take min(status) per person. Access is VALID without a ban.
create view access as
select r.id as resource_id, r.facility_id, reach.group_id, reach.vo_id, reach.person_id,
  greatest(mb.status, reach.status) as status,
  exists (
    select from ban
    where ban.person_id = reach.person_id
      and (ban.vo_id = reach.vo_id or ban.resource_id = r.id or ban.facility_id = r.facility_id)) as is_banned
from resource r
join reach on reach.resource_id = r.id
join member mb on mb.vo_id = reach.vo_id and mb.person_id = reach.person_id
where r.within_offer and r.is_lasting and (r.accepts is null or mb.levels && r.accepts);

-- Insert-only: bans whose end may be another; the relay deletes exactly the rows that it has folded.
create table ban_wake (
  id bigint generated always as identity primary key,
  ban_id integer not null
);

-- Whoever lifts a ban, or deletes what it is from or whose it is, need not know that something waits for its end.
create function wake_gone_bans() returns trigger language plpgsql as $$
begin
  insert into ban_wake (ban_id) select id from old_rows where ends_at is not null;
  return null;
end
$$;
create trigger ban_is_gone after delete on ban referencing old table as old_rows
  for each statement execute function wake_gone_bans();

create function ban_at(moment timestamptz)
returns table (person_id integer, vo_id integer, resource_id integer, facility_id integer, reason text, until date)
language sql stable as $$
  select b.person_id, b.vo_id, b.resource_id, b.facility_id, b.reason, b.until from ban b where b.since <= moment
  union all
  select b.person_id, b.vo_id, b.resource_id, b.facility_id, b.reason, b.until
  from ban_past b where b.began <= moment and b.ended > moment
$$;
