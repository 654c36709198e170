import { textOf, lineFault, type Complain, type Input } from './input.ts'

const longestLogin = 1024

/** Reads a login as an identity of a source; undefined where it is none, and that is told. */
export type ReadLogin = (input: Input | undefined, complain: Complain) => string | undefined

/** Reads logins of a source at which case does not tell people apart: the first spelling stands for all. */
export function loginsIgnoringCase(source: string): ReadLogin {
  const first = new Map<string, string>()
  return (input, complain) => {
    const login = textOf(input, complain)
    if (input === undefined || login === undefined) return undefined
    const fault = loginFault(login)
    if (fault !== undefined) {
      complain(input, fault)
      return undefined
    }
    const known = first.get(login.toLowerCase()) ?? login
    first.set(login.toLowerCase(), known)
    return `${source}/${known}`
  }
}

/** Says why a text cannot be the login of an identity; undefined where it can. */
export function loginFault(login: string): string | undefined {
  if (login.length > longestLogin) return `it has ${login.length} characters, the limit is ${longestLogin}`
  if (login.trim() !== login || login === '') return 'a login neither begins nor ends with a space'
  return lineFault(login)
}
