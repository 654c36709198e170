/** What the Temporal UI shows of a running workflow. */
export interface Details {
  readonly waitingFor: string
  readonly sinceAt: number
  readonly nextAt?: number
  readonly lastError?: string
}

/** Renders the current details of a workflow as a small Markdown table. */
export function renderDetails(details: Details): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['waiting for', details.waitingFor],
    ['since', instant(details.sinceAt)],
    ['next timer', details.nextAt === undefined ? undefined : instant(details.nextAt)],
    ['last error', details.lastError],
  ]
  const lines = rows.map(([name, value]) => `| ${name} | ${value === undefined ? '–' : cell(value)} |`)
  return ['| | |', '|---|---|', ...lines].join('\n')
}

function instant(at: number): string {
  return new Date(at).toISOString()
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 400)
}
