import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type Scalar, type YAMLSeq } from 'yaml'

/** Where a file names a member. */
export interface NamedMember {
  readonly line: number
  readonly identity: string
}

/** A piece of a text that goes, and what stands there instead. */
interface Cut {
  readonly from: number
  readonly to: number
  readonly instead: string
}

/**
 * Takes members out of the lists of a file, of YAML or a list of people; nothing else is touched. Who does not stand where they are
 * said to, because the file is another by now, is looked for by name; whoever is not found, or found twice, stays.
 */
export function leaveOutMembers(path: string, text: string, members: readonly NamedMember[]): string {
  if (members.length === 0) return text
  return path.endsWith('.yaml') ? leaveOutOfYaml(text, members) : leaveOutOfList(text, members)
}

function leaveOutOfList(text: string, members: readonly NamedMember[]): string {
  const lines = text.split('\n')
  const gone = new Set(
    members.flatMap(({ line, identity }) => {
      const names = (at: number): boolean =>
        (lines[at] ?? '').split(',').some((cell) => cell.trim().replaceAll('"', '') === identity)
      if (names(line - 1)) return [line - 1]
      const found = [...lines.keys()].filter(names)
      return found.length === 1 ? found : []
    }),
  )
  return lines.filter((_, index) => !gone.has(index)).join('\n')
}

/** A cut, told once the text has its later cuts behind it. */
interface Cutting {
  readonly at: number
  readonly cut: (now: string) => Cut
}

interface Entry {
  readonly list: YAMLSeq
  /** `members` before it. */
  readonly key: Scalar
  readonly index: number
  readonly line: number
  readonly identity: string
}

function leaveOutOfYaml(text: string, members: readonly NamedMember[]): string {
  const entries = entriesOf(text)
  const chosen = new Map<YAMLSeq, { readonly key: Scalar; readonly indexes: Set<number> }>()
  for (const { line, identity } of members) {
    const named = entries.filter((entry) => entry.identity === identity)
    const [entry, another] = named.some((one) => one.line === line) ? named.filter((one) => one.line === line) : named
    if (entry === undefined || another !== undefined) continue
    const { key, indexes } = chosen.get(entry.list) ?? { key: entry.key, indexes: new Set<number>() }
    chosen.set(entry.list, { key, indexes: indexes.add(entry.index) })
  }
  const cuts = [...chosen].flatMap(([list, { key, indexes }]) => cutsOf(text, list, { key, indexes }))
  // From the end on, so that what stands before keeps its place; an entry may have become the last of its list.
  return cuts
    .sort((one, other) => other.at - one.at)
    .reduce((now, { cut }) => {
      const { from, to, instead } = cut(now)
      return now.slice(0, from) + instead + now.slice(to)
    }, text)
}

function entriesOf(text: string): readonly Entry[] {
  const counter = new LineCounter()
  const entries: Entry[] = []
  for (const document of parseAllDocuments(text, { lineCounter: counter })) {
    if (!('contents' in document)) continue
    visit(document, {
      Pair: (_, { key, value }) => {
        if (!isScalar(key) || key.value !== 'members' || !isSeq(value)) return
        value.items.forEach((item, index) => {
          const identity = identityOf(item)
          const start = rangeOf(item)?.[0]
          if (identity === undefined || start === undefined) return
          entries.push({ list: value, key, index, line: counter.linePos(start).line, identity })
        })
      },
    })
  }
  return entries
}

function identityOf(item: unknown): string | undefined {
  const named = isMap(item) ? item.get('user') : isScalar(item) ? item.value : undefined
  return typeof named === 'string' ? named : undefined
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return isMap(node) || isScalar(node) || isSeq(node) ? (node.range ?? undefined) : undefined
}

interface Chosen {
  readonly key: Scalar
  readonly indexes: ReadonlySet<number>
}

/** An empty list says that nobody is a member; without a list nothing would be said. */
function cutsOf(text: string, list: YAMLSeq, { key, indexes }: Chosen): readonly Cutting[] {
  const whole = rangeOf(list)
  const named = rangeOf(key)
  if (whole === undefined || named === undefined) return []
  if (indexes.size < list.items.length)
    return [...indexes].flatMap((index): Cutting[] => {
      const range = rangeOf(list.items[index])
      if (range === undefined) return []
      return [{ at: range[0], cut: (now) => (list.flow === true ? cutFlow(now, range) : cutLines(now, range)) }]
    })
  if (list.flow === true) return [{ at: whole[0], cut: () => ({ from: whole[0], to: whole[1], instead: '[]' }) }]
  const last = rangeOf(list.items.at(-1))
  const colon = text.indexOf(':', named[1])
  if (last === undefined) return []
  const lines = { from: colon + 1, to: cutLines(text, last).to - 1, instead: ' []' }
  return [{ at: colon, cut: () => lines }]
}

/** The lines of an entry of a list of lines. */
function cutLines(text: string, [start, end]: readonly [number, number, number]): Cut {
  const after = text.indexOf('\n', Math.max(start, end - 1))
  return { from: text.lastIndexOf('\n', start) + 1, to: after === -1 ? text.length : after + 1, instead: '' }
}

/** An entry in brackets, with the comma behind it, or before it where it is the last; and the line, where nothing else is on it. */
function cutFlow(text: string, [start, end]: readonly [number, number, number]): Cut {
  const behind = /^\s*,[ \t]*/.exec(text.slice(end))
  const before = /,\s*$/.exec(text.slice(0, start))
  const from = behind === null && before !== null ? start - before[0].length : start
  const to = behind === null ? end : end + behind[0].length
  const line = text.lastIndexOf('\n', from) + 1
  const isAlone = text.slice(line, from).trim() === '' && text[to] === '\n'
  return isAlone ? { from: line, to: to + 1, instead: '' } : { from, to, instead: '' }
}
