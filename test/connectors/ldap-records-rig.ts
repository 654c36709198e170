import { Client } from 'ldapts'
import type { JsonObject } from '../../core/model/json.ts'
import type { Destination, DestinationType } from '../../connectors/destination.ts'
import { ldifEntry } from '../../connectors/ldap/ldif.ts'
import { escapeDnValue } from '../../connectors/ldap/escape.ts'
import { destinationEnvironment } from './destination-rig.ts'
import type { Records, RecordsRig } from './records-contract.ts'
import type { Slapd } from './slapd.ts'

/** A place in a directory: a unit of its own, in which records are people. */
export interface LdapRecordsRig extends RecordsRig {
  readonly baseDn: string
  readonly open: (options?: JsonObject, password?: string) => Destination
}

/** A unit of its own in the directory, with a destination that keeps it. */
export async function ldapRecordsRig(type: DestinationType, slapd: Slapd, unit: string): Promise<LdapRecordsRig> {
  const baseDn = `ou=${unit},${slapd.baseDn}`
  await slapd.change(`dn: ${baseDn}\nobjectClass: organizationalUnit\nou: ${unit}\n`)
  const nameOf = (name: string): string => `uid=${escapeDnValue(name)},${baseDn}`
  const open = (options: JsonObject = {}, password = slapd.reader.password): Destination =>
    type.create(
      { url: slapd.url, baseDn, bindDn: slapd.reader.dn, password: { secret: 'bind' }, ...options },
      destinationEnvironment({ secret: async () => password, configFile: async () => Buffer.from(slapd.ca) }),
    )
  return {
    ...{ baseDn, nameOf, open, destination: open(), port: Number(new URL(slapd.url).port) },
    files: (records) => ({
      'people.ldif': Object.entries(records)
        .map(([name, text]) => personEntry(nameOf(name), name, text))
        .join(''),
    }),
    there: async () => thereIn(slapd, baseDn),
    add: (name, text) => slapd.change(personEntry(nameOf(name), name, text)),
    edit: (name, text) => slapd.change(`dn: ${nameOf(name)}\nchangetype: modify\nreplace: cn\ncn: ${text}\n`),
    remove: (name) => slapd.change(`dn: ${nameOf(name)}\nchangetype: delete\n`),
    writes: async () => [...(await slapd.newLog()).matchAll(/ (?:ADD|MOD|DEL) dn=/g)].length,
    reach: (port) => open({ url: `ldap://127.0.0.1:${port}` }),
  }
}

function personEntry(dn: string, name: string, text: string): string {
  const values = { objectClass: 'inetOrgPerson', uid: name, sn: 'x', cn: text }
  return ldifEntry(dn, Object.entries(values))
}

async function thereIn(slapd: Slapd, baseDn: string): Promise<Records> {
  const client = new Client({ url: slapd.url })
  await client.bind(slapd.reader.dn, slapd.reader.password)
  const asked = { filter: '(uid=*)', attributes: ['uid', 'cn'], paged: true }
  const { searchEntries } = await client.search(baseDn, { scope: 'one', ...asked })
  await client.unbind()
  return Object.fromEntries(searchEntries.map(({ uid, cn }) => [String(uid), String(cn)]))
}
