const roundConstants = fractions(64, Math.cbrt)
const startValues = fractions(8, Math.sqrt)

/** Hashes a text (as UTF-8) to lower-case hex SHA-256, without anything outside the language. */
export function sha256(text: string): string {
  const bytes = padded(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer)
  const hash = new DataView(new ArrayBuffer(32))
  for (const [index, word] of startValues.entries()) hash.setInt32(index * 4, word)
  const schedule = new Int32Array(64)
  for (let offset = 0; offset < bytes.length; offset += 64) {
    fillSchedule(schedule, view, offset)
    mix(hash, schedule)
  }
  const words = Array.from(startValues, (_, index) => hash.getUint32(index * 4))
  return words.map((word) => word.toString(16).padStart(8, '0')).join('')
}

/** The first 32 bits of the fractional parts of roots of the first primes, as the standard defines its constants. */
function fractions(count: number, root: (value: number) => number): Int32Array {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return Int32Array.from(primes, (prime) => ((root(prime) % 1) * 2 ** 32) | 0)
}

function padded(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((Math.floor((message.length + 8) / 64) + 1) * 64)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(bytes.length - 4, (message.length << 3) >>> 0)
  return bytes
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function fillSchedule(schedule: Int32Array, view: DataView, offset: number): void {
  for (let index = 0; index < 16; index += 1) schedule[index] = view.getInt32(offset + index * 4)
  for (let index = 16; index < 64; index += 1) {
    const early = schedule[index - 15] ?? 0
    const late = schedule[index - 2] ?? 0
    const small = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const large = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    schedule[index] = (schedule[index - 16] ?? 0) + small + (schedule[index - 7] ?? 0) + large
  }
}

function mix(hash: DataView, schedule: Int32Array): void {
  let [a, b, c, d] = [hash.getInt32(0), hash.getInt32(4), hash.getInt32(8), hash.getInt32(12)]
  let [e, f, g, h] = [hash.getInt32(16), hash.getInt32(20), hash.getInt32(24), hash.getInt32(28)]
  for (let index = 0; index < 64; index += 1) {
    const sumE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + sumE + choice + (roundConstants[index] ?? 0) + (schedule[index] ?? 0)) | 0
    const sumA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + sumA + majority) | 0
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) {
    hash.setInt32(index * 4, hash.getInt32(index * 4) + word)
  }
}
