/** What the servers need of a logger; a pino logger is one. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}
