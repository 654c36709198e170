/** Workflows, and the activities that only touch PostgreSQL and git. */
export const controlQueue = 'control'

/** Attempts to deliver; apart, so that slow destinations never hold up the rest. */
export const deliveryQueue = 'delivery'

/** Reads of sources; apart, so that slow ones hold up nothing else. */
export const syncQueue = 'sync'
