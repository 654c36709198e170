/** Where a test can end the process, to show that nothing is lost or done twice. */
export const crashPoints = [
  'fetch.before',
  'fetch.after',
  'plan.after',
  'apply.before-commit',
  'apply.after-commit',
  'act.noted',
  'act.accepted',
  'application.before-commit',
  'application.after-commit',
  'clock.before-commit',
  'clock.after-commit',
  'mail.before-ending',
  'mail.ending',
  'mail.before-noting',
  'relay.before-fold',
  'relay.after-fold',
  'snapshot.before',
  'snapshot.before-commit',
  'snapshot.after-commit',
  'delivery.before',
  'delivery.during',
  'delivery.after',
  'sync.before-read',
  'sync.page',
  'sync.made-groups',
  'sync.staged',
  'sync.locked',
  'sync.compared',
  'sync.written',
  'sync.before-commit',
  'sync.after-commit',
] as const

export type CrashPoint = (typeof crashPoints)[number]

/** Told at each point; outside tests it does nothing. */
export type Reached = (point: CrashPoint) => void
