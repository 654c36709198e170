-- Groups that a rule fills: which attributes and lists it reads, and where it stands.
create table rule (
  group_id integer primary key references groups on delete cascade,
  reads text[] collate "C" not null,
  file text not null,
  line integer not null,
  -- Up to here it has followed the levels of assurance that count no more.
  followed timestamptz not null
);
