import type { AnyAct } from './act.ts'
import { decidingActs } from './applications/decide.ts'
import { listApplications, showApplication } from './applications/look-up.ts'
import { submitApplication } from './applications/submit.ts'
import { checkForm, formSchema, listForms } from './forms.ts'

/** Every act that has both a command and a route, by topic. */
export const acts: readonly AnyAct[] = [
  ...[listForms, formSchema, checkForm],
  ...[submitApplication, listApplications, showApplication, ...Object.values(decidingActs)],
]
