import type { ASTNode } from '@marcbachmann/cel-js'
import { didYouMean } from '../model/nearest.ts'
import { addCosts, flatCost, perItem, type Cost } from './cost.ts'
import { groupsOfPerson } from './names.ts'
import { compilePattern, comprehensions, functions, replaced } from './functions.ts'

/** What is wrong with a part of an expression, and where it begins, counted from 0. */
export interface Flaw {
  readonly message: string
  readonly offset: number
}

/** What an expression does, seen without evaluating it. */
export interface Inspection {
  /** Full names, such as `user.email`, with where each stands first. */
  readonly reads: ReadonlyMap<string, number>
  /** The groups it asks for, as in `'astro/board' in user.groups`; `any` where it does something else with the list. */
  readonly groups: ReadonlySet<string> | 'any'
  readonly cost: Cost
  readonly flaws: readonly Flaw[]
}

interface Walk {
  readonly holders: ReadonlySet<string>
  /** Variables that `exists(x, …)` and its like bind. */
  readonly bound: Set<string>
  readonly reads: Map<string, number>
  readonly groups: Set<string>
  readsAllGroups: boolean
  readonly flaws: Flaw[]
}

/** Looks through a parsed expression and puts our functions in the place of those of the package that we replace. */
export function inspect(ast: ASTNode, holders: ReadonlySet<string>): Inspection {
  const walk: Walk = {
    holders,
    bound: new Set(),
    reads: new Map(),
    groups: new Set(),
    readsAllGroups: false,
    flaws: [],
  }
  const cost = visit(ast, walk)
  const groups = walk.readsAllGroups ? 'any' : walk.groups
  return { reads: walk.reads, groups, cost, flaws: walk.flaws }
}

function visit(node: ASTNode, walk: Walk): Cost {
  switch (node.op) {
    case '.':
    case '[]':
      if (isAttribute(node, walk)) return flatCost
      break
    case 'call':
      requireKnown(node, node.args[0], walk)
      break
    case 'rcall':
      return visitMethod(node, walk)
    case 'id':
      if (!walk.bound.has(node.args)) walk.flaws.push(unboundName(node.args, node.start, walk))
      break
    case 'in':
      return visitIn(node, walk)
    default:
  }
  return addCosts(flatCost, ...partsOf(node).map((part) => visit(part, walk)))
}

/** Notes an attribute that is read. */
function isAttribute(node: Access, walk: Walk): boolean {
  const name = attributeIn(node, walk.holders)
  if (name === undefined) return false
  if (!walk.reads.has(name)) walk.reads.set(name, node.start)
  if (name === groupsOfPerson) walk.readsAllGroups = true
  return true
}

function unboundName(name: string, offset: number, { holders }: Walk): Flaw {
  if (holders.has(name)) return { message: `expected one attribute, such as ${name}.name`, offset }
  const known = [...holders].map((holder) => `${holder}.`).join(' or ')
  return { message: `there is no "${name}"; names begin with ${known}, and text stands in quotes`, offset }
}

type Access = Extract<ASTNode, { readonly op: '.' | '[]' }>
type MethodCall = Extract<ASTNode, { readonly op: 'rcall' }>

function visitIn(node: Extract<ASTNode, { readonly op: 'in' }>, walk: Walk): Cost {
  const [item, list] = node.args
  const name = list.op === '.' || list.op === '[]' ? attributeIn(list, walk.holders) : undefined
  if (name !== groupsOfPerson || item.op !== 'value' || typeof item.args !== 'string')
    return addCosts(perItem(flatCost), visit(item, walk), visit(list, walk))
  walk.groups.add(item.args)
  if (!walk.reads.has(name)) walk.reads.set(name, list.start)
  return perItem(flatCost)
}

/** The full name that `user.email` and `user['email']` stand for. */
function attributeIn({ args: [object, key] }: Access, holders: ReadonlySet<string>): string | undefined {
  if (object.op !== 'id' || !holders.has(object.args)) return undefined
  if (typeof key === 'string') return `${object.args}.${key}`
  return key.op === 'value' && typeof key.args === 'string' ? `${object.args}.${key.args}` : undefined
}

function visitMethod(node: MethodCall, walk: Walk): Cost {
  const [name, receiver, given] = node.args
  if (!requireKnown(node, name, walk)) return flatCost
  if (name === 'matches') requirePattern(node, walk)
  const ours = replaced.get(name)
  // Before the package checks the expression: it looks up functions by the names that stand here.
  if (ours !== undefined) node.args[0] = ours
  const before = visit(receiver, walk)
  const [variable] = given
  if (comprehensions.has(name) && variable?.op === 'id') walk.bound.add(variable.args)
  const body = addCosts(flatCost, ...given.map((part) => visit(part, walk)))
  return addCosts(before, comprehensions.has(name) ? perItem(body) : body)
}

function requireKnown(node: ASTNode, name: string, { flaws }: Walk): boolean {
  if (Object.hasOwn(functions, name)) return true
  const message = `there is no function "${name}"${didYouMean(name, Object.keys(functions))}`
  flaws.push({ message, offset: node.start })
  return false
}

/** A pattern made from values could not be checked beforehand. */
function requirePattern({ args: [, , given], start }: MethodCall, { flaws }: Walk): void {
  const [pattern] = given
  if (pattern === undefined) return
  const text = pattern.op === 'value' ? pattern.args : undefined
  if (typeof text !== 'string')
    flaws.push({ message: "expected a pattern in quotes, such as matches('^[a-z]+$')", offset: start })
  else if (text.length > 200 || compilePattern(text) === undefined)
    flaws.push({ message: `expected a pattern in RE2 syntax, got "${text.slice(0, 60)}"`, offset: pattern.start })
}

function partsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
