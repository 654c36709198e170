/** What was left out for one reason. */
interface Left {
  readonly reason: string
  /** Of a value: its attribute, or `groups`. */
  readonly of?: string
}

/** Names what was left out by its reason and, of a value, by what it would be of: `value-taken user.login`. */
export function skipName({ reason, of }: Left): string {
  return of === undefined ? reason : `${reason} ${of}`
}
