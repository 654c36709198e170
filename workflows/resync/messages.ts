/** What a resync workflow starts from. */
export interface ResyncInput {
  readonly instance: string
}

export function resyncId(instance: string): string {
  return `resync/${instance}`
}
