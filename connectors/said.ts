/** What the other side says, fit for a message of ours: one line of plain characters, and not too long. */
export function said(text: string): string {
  return text
    .trim()
    .slice(0, 300)
    .replace(/[^\x20-\x7e]+/g, ' ')
}
