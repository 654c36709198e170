import stringify from 'fast-json-stable-stringify'
import type { Expiration, FormSpec, VoSpec } from '../../schemas/generated/config.ts'
import type { Terms } from '../model/config-object.ts'
import { sha256 } from '../plan/sha256.ts'

/** What an application is decided under. */
export interface ApplicationPolicy {
  readonly form: FormSpec
  readonly terms: Pick<Terms, 'sha256' | 'version'> | undefined
  readonly requires: VoSpec['requires']
  /** Of the VO, or of the group that is applied for. */
  readonly expiration: Expiration | undefined
}

/** Hashes what an application is decided under: a decision made under another hash counts for nothing. */
export function policyHash({ form, terms, requires, expiration }: ApplicationPolicy): string {
  const { version, sha256: text } = terms ?? {}
  return sha256(stringify({ form, terms: { version, text }, requires, expiration }))
}
