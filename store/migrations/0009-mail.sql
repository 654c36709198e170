-- Mail on its way, and what it says.

create table notification (
  like instance including all excluding indexes,
  primary key (id),
  -- Null for those of the instance, which count where a VO has none.
  vo_id integer references vo on delete cascade,
  unique nulls not distinct (vo_id, name) deferrable
);

-- Insert-only: there is mail to send; the relay deletes exactly the rows that it has seen.
create table mail_wake (
  id bigint generated always as identity primary key
);

-- A mail about the end of a membership that has another end by now.
create function is_overtaken(mail bigint) returns boolean language sql stable as $$
  select exists (
    select 1 from notice n join member mb on (mb.vo_id, mb.person_id) = (n.vo_id, n.person_id)
    where n.mail_id = mail and mb.expires is distinct from n.date)
$$;
