import { openStates } from '../core/applications/application.ts'

/** The states of applications that are not decided yet, as a list of SQL; their indexes have the same. */
export const undecided = `(${openStates.map((state) => `'${state}'`).join(', ')})`
