import { compileExpression, type Expression, type ExpressionFault } from '../expressions/compile.ts'
import type { AnyField, AttributeType } from '../expressions/names.ts'

const names: AnyField = { holder: 'record' }

/** Compiles an expression over the fields of a record, or says what is wrong with it. */
export function compileRecordExpression(text: string, gives: AttributeType): Expression | ExpressionFault {
  return compileExpression(text, { names, gives })
}

/** The fields of a record that an expression reads. */
export function fieldsRead({ reads }: Expression): readonly string[] {
  return reads.map((name) => name.slice(names.holder.length + 1))
}
