/** Servers that the worker keeps alive. */
export const serverVictims = ['PostgreSQL', 'Temporal'] as const

/** What is killed. */
export type Victim = 'worker' | (typeof serverVictims)[number]

/** Where in a home the number of the process stands; undefined for the worker, which ends itself. */
export function pidFileOf(victim: Victim): string | undefined {
  return { worker: undefined, PostgreSQL: 'postgres/data/postmaster.pid', Temporal: 'temporal/server.json' }[victim]
}
