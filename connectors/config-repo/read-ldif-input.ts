import { parseLdif, type LdifEntry } from '../../core/import/ldif/parse-ldif.ts'
import { readValue } from '../source-records.ts'

export { dnKey } from '../ldap/dn.ts'

/** Reads the entries of an LDIF file. IMPORT_REFUSED where it is none, or holds changes. */
export function readLdifInput(file: string, bytes: Uint8Array): LdifEntry[] {
  const latin1 = Buffer.from(bytes).toString('latin1')
  return parseLdif({ file, latin1: latin1.startsWith('ï»¿') ? latin1.slice(3) : latin1, decode: readValue })
}
