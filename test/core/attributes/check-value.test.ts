import { describe, expect, it } from '@jest/globals'
import { valueFault } from '../../../core/attributes/check-value.ts'
import { builtInAttributes } from '../../../core/config/built-in-attributes.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { ed25519, encodeKey, rsaKey } from '../../connectors/public-keys.ts'

function faultOf(name: string, value: JsonValue): string | undefined {
  const spec = builtInAttributes[name]
  if (spec === undefined) throw new Error(`${name} is not built in`)
  return valueFault({ name, spec }, value, () => () => [])
}

const key =
  'expected a public key: its type (ssh-ed25519, ssh-rsa of at least 2048 bits, ecdsa-sha2-nistp256 …), its base64 and, where wanted, a comment'

describe('a value of a built-in attribute', () => {
  it.each<[string, JsonValue]>([
    ['user.login', 'ada'],
    ['user.email', 'ada@example.org'],
    ['user.displayName', 'Žofie: Nováková'],
    ['user.sshKeys', []],
    ['user.sshKeys', [ed25519, `${ed25519} ada@laptop at home`]],
  ])('of %s is taken as it is: %j', (name, value) => {
    expect(faultOf(name, value)).toBeUndefined()
  })

  it.each<[string, JsonValue, string]>([
    [
      'user.login',
      '123',
      'expected a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada", got "123"',
    ],
    ['user.email', 'ada', 'expected an e-mail address such as "ada@example.org", got "ada"'],
    ['user.displayName', 'Ada\nLovelace', 'expected printable text, got a line break or another control character'],
    ['user.displayName', ' ', 'expected a name such as "Ada Lovelace", got " "'],
    ['user.sshKeys', ed25519, `expected a list of texts or numbers, got "${ed25519.slice(0, 60)}…"`],
    ['user.sshKeys', [ed25519, 'nonsense'], `[1]: ${key}, got "nonsense"`],
    ['user.sshKeys', [42], `[0]: ${key}, got the number 42`],
    ['user.sshKeys', [encodeKey('ssh-dss', Buffer.alloc(32)).slice(0, 20)], `[0]: ${key}, got "ssh-dss AAAAB3NzaC1k"`],
    [
      'user.sshKeys',
      [`ssh-rsa ${ed25519.split(' ')[1] ?? ''}`.slice(0, 40)],
      `[0]: ${key}, got "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcH"`,
    ],
    [
      'user.sshKeys',
      [`command="/bin/sh" ${ed25519}`],
      '[0]: expected a public key alone, got one with options in front of it (command="/bin/sh"); leave them out',
    ],
  ])('of %s must have its form: %j', (name, value, fault) => {
    expect(faultOf(name, value)).toBe(fault)
  })

  it('is no RSA key that is too short', () => {
    expect(faultOf('user.sshKeys', [rsaKey(2048)])).toBeUndefined()
    expect(faultOf('user.sshKeys', [rsaKey(1024)])).toMatch(key)
  })
})
