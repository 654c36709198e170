/** Says how many of something there are: `1 member`, `2 members`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Says how many people there are: `1 person`, `2 people`, `2 more people`. */
export function countPeople(number: number, which = ''): string {
  return count(number, `${which}person`, `${which}people`)
}
