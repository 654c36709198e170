import { BlockList, isIP } from 'node:net'

/** Says which addresses may be asked. */
export interface AddressRules {
  /** Takes an IPv4 or IPv6 address as the system writes it; anything else is not allowed. */
  isAllowed(address: string): boolean
  isLoopback(address: string): boolean
}

/** What no server on the internet has: private, local, shared, multicast, documentation and reserved ones, and those of clouds' metadata. */
const insideRanges = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'],
  // Teredo, ORCHID, documentation and 6to4, of the addresses that are given out at all.
  ...['2001::/32', '2001:10::/28', '2001:20::/28', '2001:db8::/32', '2002::/16', '3fff::/20'],
]
const givenOut = '2000::/3'
const loopbackRanges = ['127.0.0.0/8', '::1/128']

/** Builds the rules: everything outside is allowed, and inside what is listed, as addresses or ranges such as `10.0.0.0/8`. */
export function createAddressRules(allowedPrivate: readonly string[]): AddressRules {
  const listed = listOf(allowedPrivate)
  const inside = listOf(insideRanges)
  const outside = listOf([givenOut])
  const loopback = listOf(loopbackRanges)
  const holds = (list: BlockList, address: string): boolean =>
    list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return {
    isAllowed: (text) => {
      const address = plainAddress(text)
      if (address === undefined) return false
      if (holds(listed, address)) return true
      return !holds(inside, address) && (isIP(address) === 4 || holds(outside, address))
    },
    isLoopback: (text) => {
      const address = plainAddress(text)
      return address !== undefined && holds(loopback, address)
    },
  }
}

/** Tells whether a text is an address, or a range such as `10.0.0.0/8`. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || address.includes('%') || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [written = '', bits] = range.split('/')
    const address = bits === undefined ? (plainAddress(written) ?? written) : written
    const isLong = isIP(address) === 6
    list.addSubnet(address, Number(bits ?? (isLong ? 128 : 32)), isLong ? 'ipv6' : 'ipv4')
  }
  return list
}

/** An address in the family that is reached by it: of an IPv4 one inside an IPv6 one, the IPv4 one. */
function plainAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  const family = isIP(address)
  if (family === 0) return undefined
  return family === 4 ? address : (embeddedIn(groupsOf(address)) ?? address)
}

/** Of the mapped form (`::ffff:…`), and of the form that NAT64 translates (`64:ff9b::…`). */
function embeddedIn(groups: readonly number[]): string | undefined {
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':')
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight numbers of an IPv6 address, whichever way it is written. */
function groupsOf(address: string): readonly number[] {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const numbers = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  const [first, last] = [numbers(head), numbers(tail ?? '')]
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}
