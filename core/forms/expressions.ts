import type { FormItem, FormSpec } from '../../schemas/generated/config.ts'
import { compileExpression, type Expression, type ExpressionFault } from '../expressions/compile.ts'
import { namesFor, type AttributeType, type Names, type NameType } from '../expressions/names.ts'
import { answerType } from './items.ts'

/** Attributes that documents declare, by full name, with their types. */
export type DeclaredTypes = Iterable<readonly [string, AttributeType]>

/** Names what an expression of a form may read: the person, and the answers to these items. */
export function namesOfForm(items: readonly FormItem[], declared: DeclaredTypes): Names {
  const answers = items.flatMap(({ name, type }): [string, NameType][] => {
    const answer = answerType(type)
    return answer === undefined ? [] : [[`answers.${name}`, answer]]
  })
  return new Map([...namesFor(['user'], declared), ...answers])
}

/** Compiles a yes-or-no expression of a form, or says what is wrong with it. */
export function compileCondition(text: string, names: Names): Expression | ExpressionFault {
  return compileExpression(text, { names, gives: 'boolean' })
}

/** The conditions of a form, compiled; those with a fault are left out, as they were refused with the document. */
export interface FormConditions {
  readonly shownWhen: ReadonlyMap<string, Expression>
  readonly autoWhen: Expression | undefined
}

/** Compiles the conditions of a form; that of an item reads the answers to items before it. */
export function conditionsOf(
  { items, approval }: Pick<FormSpec, 'approval' | 'items'>,
  declared: DeclaredTypes,
): FormConditions {
  const attributes = [...declared]
  const shown = items.flatMap(({ name, shownWhen }, index): [string, Expression][] => {
    if (shownWhen === undefined) return []
    const compiled = compileCondition(shownWhen, namesOfForm(items.slice(0, index), attributes))
    return 'fault' in compiled ? [] : [[name, compiled]]
  })
  const auto =
    approval?.autoWhen === undefined ? undefined : compileCondition(approval.autoWhen, namesOfForm(items, attributes))
  return { shownWhen: new Map(shown), autoWhen: auto === undefined || 'fault' in auto ? undefined : auto }
}
