import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** The VO a workflow is about. */
export const voAttribute = defineSearchAttributeKey('vo', SearchAttributeType.KEYWORD)

/** The facility a workflow is about. */
export const facilityAttribute = defineSearchAttributeKey('facility', SearchAttributeType.KEYWORD)

/** One word for where the workflow stands. */
export const stateAttribute = defineSearchAttributeKey('state', SearchAttributeType.KEYWORD)

/** `yes` while somebody has to act: one list query is the work queue. */
export const needsHumanAttribute = defineSearchAttributeKey('needsHuman', SearchAttributeType.KEYWORD)

/** When the workflow goes on by itself. */
export const dueAtAttribute = defineSearchAttributeKey('dueAt', SearchAttributeType.DATETIME)
