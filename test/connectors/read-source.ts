import type { ReadEnd, Source, SourceEnvironment, SourceRecord } from '../../connectors/source.ts'

/** What a source may use in a test: nothing, where nothing else is said. */
export function sourceEnvironment(overrides: Partial<SourceEnvironment> = {}): SourceEnvironment {
  const none = (what: string): Promise<never> => Promise.reject(new Error(`this test has no ${what}`))
  return {
    in: '/nonexistent',
    configFile: (path) => none(`file ${path}`),
    secret: (name) => none(`secret ${name}`),
    allowedPrivate: [],
    ...overrides,
  }
}

/** Everything a source gives, and how it ended. */
export async function readAll(
  source: Source,
  select?: string,
  signal = new AbortController().signal,
): Promise<{ records: SourceRecord[]; end: ReadEnd }> {
  const records: SourceRecord[] = []
  const pages = source.subjects(select, { signal })
  for (;;) {
    const next = await pages.next()
    if (next.done === true) return { records, end: next.value }
    records.push(...next.value)
  }
}
