/** Tells how many were left out and why, the most frequent reason first: `3 skipped (2 value-ambiguous user.displayName, 1 group-unknown)`. */
export function skippedText(skipped: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(skipped).toSorted(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
  const sum = reasons.reduce((total, [, many]) => total + many, 0)
  return `${sum} skipped (${reasons.map(([reason, many]) => `${many} ${reason}`).join(', ')})`
}
