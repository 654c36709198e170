import { analyzeSync, Context, filters, Liquid, LiquidError, toPromise, toValueSync } from 'liquidjs'
import { GuildhallError } from '../core/errors.ts'
import type { JsonObject } from '../core/model/json.ts'
import type { TemplateName } from '../core/notifications/unknown-tags.ts'
import { inertCell } from './formulas.ts'

/** How much one template may take. */
interface TemplateLimits {
  readonly renderMs: number
  /** Characters and items that filters may make. */
  readonly memory: number
  /** Characters of output. */
  readonly size: number
}

/** A template and what it is called in messages. */
export interface Template {
  readonly name: string
  readonly text: string
}

const longestTemplate = 1_000_000
const usualLimits: TemplateLimits = { renderMs: 5_000, memory: 100_000_000, size: 64_000_000 }
const dateFilters = ['date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string'] as const
/** Tags that read another file. */
const fileTags = ['include', 'render', 'layout', 'block'] as const
const randomFilters = ['sample'] as const
const engine = createEngine()

/** Renders a Liquid template over plain data; it reaches no file, no prototype, no clock, and stops at its limits. */
export async function renderTemplate(template: Template, scope: JsonObject, limits = usualLimits): Promise<string> {
  const parts: string[] = []
  let size = 0
  const emitter = {
    buffer: '',
    write(value: unknown) {
      const text = textOf(toValueSync(value))
      size += text.length
      if (size > limits.size) throw new Error(`the output is longer than ${limits.size} characters`)
      parts.push(text)
    },
  }
  try {
    const parsed = engine.parse(template.text)
    const options = { ownPropertyOnly: true, renderLimit: limits.renderMs, memoryLimit: limits.memory }
    const context = new Context(scope, engine.options, options)
    await toPromise(engine.renderer.renderTemplates(parsed, context, emitter))
  } catch (cause) {
    throw failed(template, cause)
  }
  return parts.join('')
}

/** What is wrong with a template, and where in its text. */
export interface TemplateFault {
  readonly message: string
  readonly offset: number
}

/** Tells why a text is no template: it cannot be parsed, or asks for a tag or filter that is not there. */
export function templateFault(text: string): TemplateFault | undefined {
  try {
    engine.parse(text)
    return undefined
  } catch (error) {
    if (!LiquidError.is(error)) return { message: brief(String(error)), offset: 0 }
    return { message: brief(error.originalError?.message ?? error.message), offset: error.token.begin }
  }
}

/** Lists what a template names of its scope, in the order of lines; what a loop runs over counts for its entries. None where it is no template. */
export function templateNames(text: string): readonly TemplateName[] {
  if (templateFault(text) !== undefined) return []
  const { variables, locals } = analyzeSync(engine.parse(text), { partials: false })
  const loops = loopsIn(text)
  return Object.values(variables)
    .flat()
    .flatMap(({ segments, location: { row: line } }) => {
      const path = segments.filter((segment) => typeof segment !== 'object')
      const [root = '', ...rest] = path
      const isOwn = root === 'forloop' || root === 'tablerowloop' || Object.hasOwn(locals, root)
      return isOwn ? [] : [{ path: [...(loops.get(String(root)) ?? [root]), ...rest], line }]
    })
    .sort((a, b) => a.line - b.line)
}

/** What loops run over, by the name of an entry: of `{% for one in waiting %}` it is `waiting`. */
function loopsIn(text: string): ReadonlyMap<string, readonly string[]> {
  const loops = new Map<string, readonly string[]>()
  for (const [, entry = '', list = ''] of text.matchAll(/\{%-?\s*(?:for|tablerow)\s+([\w-]+)\s+in\s+([\w.-]+)/g)) {
    const [root = '', ...rest] = list.split('.')
    loops.set(entry, [...(loops.get(root) ?? [root]), ...rest])
  }
  return loops
}

/** A message of the engine on one line, without the place it names. */
function brief(message: string): string {
  return message
    .replace(/, line:\d+, col:\d+$/, '')
    .replace(/\s+/g, ' ')
    .slice(0, 200)
}

function createEngine(): Liquid {
  const liquid = new Liquid({
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    dynamicPartials: false,
    cache: false,
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: longestTemplate,
  })
  for (const name of fileTags) Reflect.deleteProperty(liquid.tags, name)
  for (const name of dateFilters) {
    const original = filters[name]
    const format = typeof original === 'function' ? original : original?.handler
    liquid.registerFilter(name, function (value: unknown, ...rest: unknown[]) {
      if (value === 'now' || value === 'today')
        throw new Error(`"${value}" is not a date here: the output must depend on the state alone`)
      const text: unknown = format?.call(this, value, ...rest)
      return text
    })
  }
  for (const name of randomFilters) {
    liquid.registerFilter(name, () => {
      throw new Error(`the filter "${name}" is not available: the output must depend on the state alone`)
    })
  }
  liquid.registerFilter('csv', (value: unknown) => csvCell(textOf(toValueSync(value))))
  liquid.registerFilter('shell', (value: unknown) => shellWord(textOf(toValueSync(value))))
  return liquid
}

/** One cell of a CSV file: always quoted, and never a formula for the spreadsheet that opens it. */
function csvCell(text: string): string {
  return `"${inertCell(text).replaceAll('"', '""')}"`
}

/** One word of a command, whatever is in it, as a shell reads it. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textOf).join('')
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

function failed(template: Template, cause: unknown): GuildhallError {
  const reason = LiquidError.is(cause) ? cause.message : String(cause)
  return new GuildhallError('TEMPLATE_FAILED', `Cannot render template "${template.name}": ${reason}`, {
    facts: { template: template.name },
    cause,
  })
}
