import { InvalidArgumentError } from 'commander'

/** Reads how long a command waits. */
export function seconds(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= 86_400) return value
  throw new InvalidArgumentError('expected whole seconds, such as 60')
}
