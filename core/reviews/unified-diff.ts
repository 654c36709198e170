/** A file before and after a change. */
export interface ChangedFile {
  /** From the root of the repository. */
  readonly path: string
  readonly before: string
  readonly after: string
}

const context = 3

/** Writes a change of a file as `git apply` takes it; empty where nothing changes. Meant for changes that take lines away. */
export function unifiedDiff({ path, before, after }: ChangedFile): string {
  const script = compare(linesOf(before), linesOf(after))
  const hunks = hunksOf(script)
  if (hunks.length === 0) return ''
  const named = /\s/.test(path) ? `${path}\t` : path
  return [`diff --git a/${path} b/${path}`, `--- a/${named}`, `+++ b/${named}`, ...hunks, ''].join('\n')
}

/** The last line says that it does not end, so that it is another than one that does. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`]
}

interface Step {
  readonly mark: ' ' | '+' | '-'
  readonly line: string
}

function compare(before: readonly string[], after: readonly string[]): readonly Step[] {
  const script: Step[] = []
  let at = 0
  for (const line of after) {
    const found = before.indexOf(line, at)
    const until = found === -1 ? Math.min(at + 1, before.length) : found
    for (const gone of before.slice(at, until)) script.push({ mark: '-', line: gone })
    script.push({ mark: found === -1 ? '+' : ' ', line })
    at = found === -1 ? until : found + 1
  }
  for (const gone of before.slice(at)) script.push({ mark: '-', line: gone })
  return script
}

function hunksOf(script: readonly Step[]): string[] {
  const changed = script.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]))
  const groups: { from: number; to: number }[] = []
  for (const index of changed) {
    const last = groups.at(-1)
    if (last !== undefined && index - last.to <= 2 * context) last.to = index
    else groups.push({ from: index, to: index })
  }
  return groups.map(({ from, to }) => hunkOf(script, Math.max(0, from - context), to + context + 1))
}

function hunkOf(script: readonly Step[], from: number, to: number): string {
  const steps = script.slice(from, to)
  const count = (of: readonly Step[], other: Step['mark']): number => of.filter(({ mark }) => mark !== other).length
  const [old, young] = [count(steps, '+'), count(steps, '-')]
  const before = script.slice(0, from)
  const [oldAt, youngAt] = [count(before, '+') + (old > 0 ? 1 : 0), count(before, '-') + (young > 0 ? 1 : 0)]
  return [`@@ -${oldAt},${old} +${youngAt},${young} @@`, ...steps.map(({ mark, line }) => `${mark}${line}`)].join('\n')
}
