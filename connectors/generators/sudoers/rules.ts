import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isUnixName } from '../../unix-accounts.ts'

const plainName = /^[a-z_][a-z0-9_-]*$/
/** A path, then arguments without wildcards, which also match blanks, and without `^`, which begins a regular expression. */
const command = /^(ALL|(sudoedit )?(\/[A-Za-z0-9_][A-Za-z0-9._+@-]*)+( ([A-Za-z0-9_./@+%~,:=-]+|""))*)$/
const all = 'ALL'

/** What follows the `=` of a line, by the rule's name: `(root) NOPASSWD: /usr/bin/id`. */
export type Rules = ReadonlyMap<string, string>

/** Reads the option `rules`; throws GENERATOR_OPTIONS_INVALID where sudoers cannot say one of them. */
export function readRules(options: JsonObject): Rules {
  const rules = options['rules']
  if (!isMap(rules))
    throw invalid('rules', 'must be a map such as {"web": {"commands": ["/usr/bin/systemctl reload nginx"]}}')
  return new Map(Object.entries(rules).map(([name, rule]) => [name, readRule(name, rule)]))
}

/** A name as sudoers takes it: quoted where it could be taken for an alias, an address or a keyword. */
export function quoted(name: string): string {
  return plainName.test(name) ? name : `"${name}"`
}

function readRule(name: string, rule: JsonValue): string {
  if (!isMap(rule)) throw invalid(`rules.${name}`, 'must be a map with "commands"')
  const { commands, runAs = 'root', noPassword = false } = rule
  if (runAs !== all && !isUnixName(runAs))
    throw invalid(`rules.${name}.runAs`, 'must be the name of an account, or "ALL"')
  if (typeof noPassword !== 'boolean') throw invalid(`rules.${name}.noPassword`, 'must be true or false')
  return `(${runAs === all ? all : quoted(runAs)}) ${noPassword ? 'NOPASSWD: ' : ''}${readCommands(name, commands).map(escaped).join(', ')}`
}

function readCommands(name: string, commands: JsonValue | undefined): readonly string[] {
  const list: readonly JsonValue[] = Array.isArray(commands) ? commands : []
  if (list.length > 0 && list.every(isCommand)) return list
  throw invalid(
    `rules.${name}.commands`,
    'must list commands by their absolute path, without wildcards, such as "/usr/bin/systemctl reload nginx", or "ALL"',
  )
}

function isCommand(value: JsonValue): value is string {
  return typeof value === 'string' && command.test(value)
}

/** The path holds nothing that sudoers takes for its own. */
function escaped(text: string): string {
  return text.replace(/[,:=]/g, '\\$&')
}

function isMap(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(option: string, problem: string): GuildhallError {
  return new GuildhallError('GENERATOR_OPTIONS_INVALID', `Cannot generate sudoers: option ${option} ${problem}`, {
    facts: { option },
  })
}
