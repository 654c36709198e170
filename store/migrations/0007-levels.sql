-- Levels of assurance.

-- The highest level of a person's identities, 0 where none is known: as an identity was seen, else as its source has it,
-- where that takes the word of git.
create function loa_of(person integer) returns integer language sql stable as $$
  select coalesce(max(coalesce(i.loa, (s.spec->>'loa')::integer)), 0)
  from identity i left join source s on s.name = i.source and s.spec->>'type' = 'declared'
  where i.person_id = person
$$;
