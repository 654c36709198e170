-- Forms, by which people apply.

create table form (
  like instance including all excluding indexes,
  primary key (id),
  vo_id integer not null references vo on delete cascade,
  unique (vo_id, name) deferrable
);
