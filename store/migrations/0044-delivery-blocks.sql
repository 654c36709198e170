-- What operators keep from going out: all of a facility, of a service or to a destination of it, until they lift it, or, of a
-- pause, until its end; or a person, who is left out of the files of a facility, or of all.
create table delivery_block (
  id integer generated always as identity primary key,
  kind text not null check (kind in ('block', 'pause')),
  facility_id integer references facility on delete cascade,
  service_id integer references service on delete cascade,
  -- By name: one that is declared again is blocked as before.
  destination text collate "C",
  person_id integer references person,
  reason text not null,
  actor text not null,
  authentication text,
  since timestamptz not null,
  ends_at timestamptz,
  unique nulls not distinct (facility_id, service_id, destination, person_id, kind),
  check (num_nonnulls(facility_id, person_id) > 0),
  check (person_id is null or (kind = 'block' and num_nonnulls(service_id, destination) = 0)),
  check ((kind = 'pause') = (ends_at is not null))
);

-- Since when somebody asks for a delivery of what lies there already; null once it was made.
alter table delivery add column again_at timestamptz;
