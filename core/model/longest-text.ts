/** How many UTF-16 units what people write on one line may have: a name, a reason. */
export const longestText = 1000
