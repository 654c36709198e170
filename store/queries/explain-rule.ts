import type { WhyAnswer } from '../../core/model/answers.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { Db } from '../pool.ts'
import { readRules, type GroupRule } from '../rules/read-rules.ts'
import { readValues } from '../rules/rule-values.ts'
import { fullRooms } from './full-rooms.ts'
import type { Asked } from './explain.ts'
import { saidValue, whyNotDerived } from './explain-derived.ts'

type Fact = WhyAnswer['missing'][number]

/** Tells why the rule of a group holds somebody: what it is, and the values that make it true. */
export async function whyRuleHolds(db: Db, group: string, asked: Asked): Promise<string | undefined> {
  const [judged] = await judge(db, [group], asked)
  return judged === undefined ? undefined : `${judged.text}: ${judged.because}`
}

/** Tells which rules of these groups, and of those in them, are not true of somebody, and why; or that there is no place. */
export async function rulesNotTrue(db: Db, groups: readonly string[], asked: Asked): Promise<Fact[]> {
  if (groups.length === 0) return []
  const { rows } = await db.query<{ name: string; file: string; line: number }>(
    `select distinct v.name || '/' || b.name as name, r.file, r.line
     from vo join groups a on a.vo_id = vo.id join closure c on c.above = a.id
     join rule r on r.group_id = c.below join groups b on b.id = c.below join vo v on v.id = b.vo_id
     where vo.name || '/' || a.name = any($1) order by 1`,
    [groups],
  )
  const judged = await judge(
    db,
    rows.map(({ name }) => name),
    asked,
  )
  const full = await fullRooms(
    db,
    judged.filter(({ isTrue }) => isTrue).map(({ groupId }) => groupId),
    asked.personId,
  )
  return judged.map(({ group, groupId, text, because, isTrue }) => {
    const row = rows.find(({ name }) => name === group)
    const rule = `the rule of group "${group}" (${row?.file ?? ''}:${row?.line ?? 0})`
    const room = isTrue ? full.get(groupId) : undefined
    return room === undefined
      ? {
          code: 'rule-not-true',
          message: `${rule} does not hold "${asked.user}": ${text}, and ${because}`,
        }
      : {
          code: 'full',
          message: `${rule} holds "${asked.user}", but there is no place: ${room}; they come in when one gets free`,
        }
  })
}

interface Judged {
  readonly group: string
  readonly groupId: number
  readonly isTrue: boolean
  readonly text: string
  readonly because: string
}

async function judge(db: Db, groups: readonly string[], { personId: person, voId, askedAt }: Asked): Promise<Judged[]> {
  const { rules: all, defaults } = await readRules(db, askedAt)
  const rules = all.filter(({ group }) => groups.includes(group))
  if (rules.length === 0) return []
  const values = await readValues(db, { rules, defaults }, [person])
  const missing = rules.flatMap((rule) =>
    Object.entries(values.valuesOf(rule, person)).flatMap(([name, value]) => (value === undefined ? [name] : [])),
  )
  const reasons = await whyNotDerived(db, missing, { personId: person, voId })
  return rules.map((rule) => {
    const read = values.valuesOf(rule, person)
    const said = rule.expression.reads.map((name) => {
      const reason = reasons.get(name)
      return `${name} ${shown(rule, name, read[name])}${reason === undefined ? '' : ` (${reason})`}`
    })
    const outcome = rule.expression.evaluate(read)
    const failure = outcome.kind === 'failed' ? [outcome.message] : []
    return {
      group: rule.group,
      groupId: rule.groupId,
      isTrue: outcome.kind === 'value' && outcome.value === true,
      text: `rule ${JSON.stringify(rule.expression.text)}`,
      because: [...said, ...failure].join(', ') || 'it reads nothing',
    }
  })
}

function shown({ expression }: GroupRule, name: string, value: JsonValue | undefined): string {
  if (name === 'user.groups' && Array.isArray(value) && expression.groups !== 'any') {
    const absent = expression.groups.filter((group) => !value.includes(group))
    return `lists ${value.length === 0 ? 'none' : value.join(', ')} of those asked for${absent.length === 0 ? '' : ` (not ${absent.join(', ')})`}`
  }
  return saidValue(value)
}
