const lastOf = new Map<string, Promise<unknown>>()

/** Lets the works on one folder follow each other within this process; other processes are fenced off by the file system. */
export async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = lastOf.get(folder) ?? Promise.resolve()
  const mine = before.then(work, work)
  lastOf.set(folder, mine)
  try {
    return await mine
  } finally {
    if (lastOf.get(folder) === mine) lastOf.delete(folder)
  }
}
