/** How long the name of a group may be, its ancestors in it. */
export const longestPath = 1_000
