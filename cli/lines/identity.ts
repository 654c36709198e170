import { isIdentity } from '../../schemas/validate.ts'

/** Whether a value of a line is an identity such as `idp/ada`. */
export function isRef(value: unknown): value is string {
  return typeof value === 'string' && isIdentity(value)
}
