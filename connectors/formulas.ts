const startsFormula = /^[=+\-@\t\r]/

/** A cell that no spreadsheet takes for a formula: one that begins like one has an apostrophe in front, which marks text. */
export function inertCell(text: string): string {
  return startsFormula.test(text) ? `'${text}` : text
}
