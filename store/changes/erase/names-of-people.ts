import type { Tx } from '../../pool.ts'

/** What people are called. */
export interface Names {
  /** Identities and addresses: they mean nobody else. */
  readonly unmistakable: readonly string[]
  /** Names that hardly mean anything else. */
  readonly telling: readonly string[]
  /** Names that are words or numbers as well, such as `of`. */
  readonly ambiguous: readonly string[]
}

/** Reads what people are called. What they call themselves is never what somebody else is called: an identity, or the address of others. */
export async function readNames(tx: Tx, persons: readonly number[]): Promise<Names> {
  const { rows } = await tx.query<{ text: string; unmistakable: boolean }>(
    `select ref as text, true as unmistakable from identity where person_id = any($1)
     union
     select i.address, true
     from application a join invitation i on i.id = a.invitation_id
     where (a.person_id = any($1) or a.identity in (select ref from identity where person_id = any($1))) and not exists (
       select from attribute_value o
       where o.attribute = 'user.email' and lower(o.value #>> '{}') = lower(i.address) and o.subject <> all($1))
       and i.address is not null
     union
     select v.text, v.is_address
     from (
       select attribute, value, btrim(value #>> '{}') as text,
         attribute = 'user.email' and value #>> '{}' ~ '^[^[:space:]/@]+@[^[:space:]/@]+$' as is_address
       from attribute_value
       where subject = any($1) and attribute in ('user.email', 'user.login', 'user.displayName') and jsonb_typeof(value) = 'string'
     ) v
     where v.text !~ '^[^[:space:]]+/[^[:space:]]+$' and not exists (
       select from attribute_value o
       where v.text like '%@%' and o.attribute = 'user.email' and o.value = v.value and o.subject <> all($1))`,
    [persons],
  )
  const named = rows.filter((row) => !row.unmistakable).map(({ text }) => text)
  return {
    unmistakable: rows.filter((row) => row.unmistakable).map(({ text }) => text),
    telling: named.filter(isTelling),
    ambiguous: named.filter((text) => !isTelling(text)),
  }
}

function isTelling(text: string): boolean {
  const characters = text.match(/[\p{L}\p{N}]/gu) ?? []
  return characters.length >= 4 && /\p{L}/u.test(text)
}
