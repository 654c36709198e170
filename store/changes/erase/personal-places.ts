const ofPeople = `split_part(attribute, '.', 1) in ('user', 'member', 'user-facility', 'member-group', 'member-resource')
    and subject = any($1)
  or split_part(attribute, '.', 1) = 'identity' and subject in (select id from identity where person_id = any($1))`

/** To an address of theirs, or used by them. */
const invitesThem = `lower(address) in (
    select lower(value #>> '{}') from attribute_value where attribute = 'user.email' and subject = any($1))
  or id in (
    select invitation_id from application
    where person_id = any($1) or identity in (select ref from identity where person_id = any($1)))`

const ofTheirApplications = `application_id in (
    select id from application where person_id = any($1) or identity in (select ref from identity where person_id = any($1)))`

/** Whose rows go: the persons $1. In this order nothing is left that names what has gone. */
export const personalRows = {
  notice: 'person_id = any($1) or guest_id = any($1)',
  mail: `person_id = any($1) or invitation_in(key) in (select id from invitation where ${invitesThem})`,
  mail_draft: `person_id = any($1) or invitation_in(key) in (select id from invitation where ${invitesThem})`,
  invitation: invitesThem,
  application_reservation: ofTheirApplications,
  confirmed_address: `person_id = any($1) or ${ofTheirApplications}`,
  verification: ofTheirApplications,
  // With their answers, and with what was done to them.
  application: 'person_id = any($1) or identity in (select ref from identity where person_id = any($1))',
  // With their rows, and with what was decided about them.
  review_item: 'person_id = any($1)',
  notices_declined: 'person_id = any($1)',
  delegation: 'delegator_id = any($1) or delegate_id = any($1)',
  delegation_past: 'delegator_id = any($1) or delegate_id = any($1)',
  ban: 'person_id = any($1)',
  delivery_block: 'person_id = any($1)',
  ban_past: 'person_id = any($1)',
  terms_acceptance: 'person_id = any($1)',
  terms_acceptance_past: 'person_id = any($1)',
  loss: 'person_id = any($1)',
  sync_absence: 'person_id = any($1)',
  waiting_for_place: 'person_id = any($1)',
  service_account_act: 'person_id = any($1)',
  service_account_owner: 'person_id = any($1) or owner_id = any($1)',
  service_account: 'person_id = any($1)',
  membership: 'person_id = any($1)',
  levels_past: 'person_id = any($1)',
  membership_past: 'person_id = any($1)',
  member: 'person_id = any($1)',
  member_past: 'person_id = any($1)',
  // Numbers such as uids stay: they say nothing of a person, and nobody else may get them.
  attribute_unique: `(${ofPeople}) and (not lasting or jsonb_typeof(value) <> 'number')`,
  attribute_value: ofPeople,
  attribute_outside: ofPeople,
  attribute_aside: ofPeople,
  derived_claim: 'person_id = any($1)',
  identity: 'person_id = any($1)',
} as const

/** Columns of rows that stay in which somebody may be named: what was written about them, and that it was they who acted. */
export const columnsNamingPeople = {
  application: ['actor', 'reason'],
  application_act: ['actor', 'reason', 'answers', 'outcome'],
  application_answers: ['answers'],
  approval: ['by', 'reason', 'reasons'],
  ban: ['reason', 'actor'],
  ban_past: ['reason', 'actor', 'ended_by'],
  delegation: ['reason', 'actor'],
  delegation_past: ['reason', 'actor', 'ended_by'],
  delivery: ['error'],
  delivery_block: ['actor', 'reason'],
  delivery_event: ['error'],
  frozen: ['by', 'reason'],
  hold: ['reasons'],
  invitation: ['actor', 'ended_by', 'message', 'name', 'reason'],
  mail: ['subject', 'body', 'headers', 'reply'],
  mail_draft: ['tags'],
  member: ['reason'],
  member_past: ['reason'],
  membership: ['actor'],
  membership_past: ['actor'],
  notices_declined: ['actor'],
  pin: ['by'],
  reconcile_run: ['findings'],
  review: ['reason', 'reviewers', 'actor', 'ended_by'],
  review_decision: ['reason', 'role', 'actor'],
  review_patch: ['patch'],
  service_account: ['purpose', 'actor'],
  service_account_act: ['what', 'refused', 'reason'],
  service_account_owner: ['actor'],
  snapshot_head: ['error'],
  sync_run: ['skipped', 'reasons', 'error'],
  terms_acceptance: ['actor'],
  terms_acceptance_past: ['actor'],
} as const

/** What a column holds: who acted, a word of those that we give, or what somebody wrote. */
export function kindOfColumn(column: string): 'actor' | 'text' | 'word' {
  if (['actor', 'by', 'ended_by'].includes(column)) return 'actor'
  return ['refused', 'what'].includes(column) ? 'word' : 'text'
}

/** Who acts without being anybody. */
export const ownActors: ReadonlySet<string> = new Set(['clock', 'guildhall', 'invited'])

/** What git declares: while it names somebody, nobody erases them. */
export const declaredTables = [
  ...[
    'instance',
    'source',
    'attribute_definition',
    'service',
    'facility',
    'vo',
    'groups',
    'resource',
    'form',
    'notification',
  ],
  ...['user_document'],
] as const
