/** The source that makes and keeps a group `g`; null for one of git. */
export const keptBy = `(
  select b.spec->'structure'->>'source' from sourced_group k join groups b on b.id = k.base_id where k.group_id = g.id)`
