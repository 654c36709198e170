/** The first twelve letters of a commit or digest, as people quote it. */
export function short(hash: string): string {
  return hash.slice(0, 12)
}

/** A moment to the minute, in UTC. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
