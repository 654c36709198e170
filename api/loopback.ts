import { isIPv4 } from 'node:net'

/** Tells whether only this machine can reach a server on the host; names of hosts have no case. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** Takes the host out of a Host header: `localhost:80`, `[::1]:80`. */
export function hostOf(header: string): string {
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(header)?.[1]
  return bracketed ?? header.replace(/:\d+$/, '')
}
