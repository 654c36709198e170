/** What the Temporal UI shows of a running workflow. */
export interface Details {
  readonly waitingFor: string
  readonly sinceAt: number
  readonly nextAt?: number
  readonly lastError?: string
}

/** Renders the current details of a workflow as a Markdown list: the UI sets the cells of a table without space between them. */
export function renderDetails(details: Details): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['waiting for', details.waitingFor],
    ['since', instant(details.sinceAt)],
    ['next timer', details.nextAt === undefined ? undefined : instant(details.nextAt)],
    ['last error', details.lastError],
  ]
  return rows.map(([name, value]) => `- **${name}:** ${value === undefined ? '–' : oneLine(value)}`).join('\n')
}

function instant(at: number): string {
  return new Date(at).toISOString()
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').slice(0, 400)
}
