import { quoted } from './show-value.ts'

/** Shows a path in a document as people write it: `spec.members[3]`. */
export function showPath(path: readonly (string | number)[]): string {
  let shown = ''
  for (const step of path) {
    if (typeof step === 'number') shown += `[${step}]`
    else if (/^[A-Za-z_][\w-]*$/.test(step)) shown += shown === '' ? step : `.${step}`
    else shown += `[${quoted(step)}]`
  }
  return shown
}
