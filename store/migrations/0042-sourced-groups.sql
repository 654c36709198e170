-- Groups that a source makes and keeps below another one; no document declares them.

create table sourced_group (
  group_id integer primary key references groups on delete cascade,
  -- The group below which the source keeps it, whatever lies between them.
  base_id integer not null references groups on delete cascade,
  -- What it is at the source, whatever it is called there.
  key text collate "C" not null,
  unique (base_id, key)
);

-- Groups that were missing in so many complete reads one after the other, the first of which was so long ago.
create table sourced_absence (
  group_id integer primary key references sourced_group on delete cascade,
  runs smallint not null,
  since timestamptz not null
);
