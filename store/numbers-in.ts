const comma = 0x2c
const zero = 0x30

/** Reads a list of numbers from zero up, such as ids, digit by digit: a text for each of them would take three times as long. */
export function numbersIn(text: string): number[] {
  if (text === '') return []
  const numbers: number[] = []
  let number = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit === comma) {
      numbers.push(number)
      number = 0
    } else number = number * 10 + unit - zero
  }
  numbers.push(number)
  return numbers
}
