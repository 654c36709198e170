import { createHash } from 'node:crypto'
import { DatabaseError, type PoolClient } from 'pg'

/** Clients in a transaction about so few people that one plan serves all such transactions. */
const keeping = new WeakSet<PoolClient>()
const names = new Map<string, string>()

/** A longer list is planned for as it is: what is best for one person is not for thousands. */
const mostItems = 32
const mostCharacters = 4_096
/** Texts that are put together from what they are about would fill the memory of the server. */
const mostTexts = 1_000

/**
 * Lets a client keep plans: within `withKeptPlans` its statements are prepared once for the connection. PostgreSQL plans a statement
 * anew each time otherwise, which takes five times as long as what an act has it do.
 */
export function letKeepPlans(client: PoolClient): void {
  const query = client.query.bind(client)
  const named = (...parts: unknown[]): unknown =>
    Reflect.apply(query, undefined, keeping.has(client) ? withName(parts) : parts)
  Reflect.set(client, 'query', named)
}

/** Runs `work` with the client's plans kept from one call to the next. */
export async function withKeptPlans<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  keeping.add(client)
  try {
    return await work()
  } finally {
    keeping.delete(client)
  }
}

/** Whether a plan was kept for a table that is another now: the connection goes on failing. */
export function isPlanOutdated(error: unknown): boolean {
  return error instanceof DatabaseError && error.routine === 'RevalidateCachedQuery'
}

function withName(parts: readonly unknown[]): readonly unknown[] {
  const [text, values] = parts
  if (parts.length !== 2 || typeof text !== 'string' || !Array.isArray(values) || !values.every(isSmall)) return parts
  const name = nameOf(text)
  return name === undefined ? parts : [{ name, text, values }]
}

function isSmall(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= mostItems
  return typeof value !== 'string' || value.length <= mostCharacters
}

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= mostTexts) return known
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}
