/** Says why a run is held, and what to type; the digest is whole, as `approve` wants it. */
export function heldText({ digest, error }: { readonly digest: string; readonly error: string | null }): string {
  const why = error ?? 'the guard asks for an approval'
  return `held: ${why}; \`guildhall holds\` tells who would lose what, \`guildhall approve ${digest} --reason "…"\` lets it through once`
}
