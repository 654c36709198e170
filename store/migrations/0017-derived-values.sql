-- Derived values that must be unique: who would have which, within all (0), a facility or a VO, and since when. Of those who would have
-- the same, the one who came first has it, and of those who came together the one whose name comes first.
create table derived_claim (
  attribute text collate "C" not null,
  subject integer not null,
  object integer not null,
  -- Whom it is about: of an identity, whose that is.
  person_id integer not null references person,
  within integer not null,
  value jsonb not null,
  since timestamptz not null,
  primary key (attribute, subject, object)
);
create index on derived_claim (attribute, within, as_claimed(value), since);
create index on derived_claim (person_id);
