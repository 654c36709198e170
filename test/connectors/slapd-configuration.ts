import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCertificates } from './certificates.ts'
import { runWithInput } from './server-process.ts'

/** What all entries of the rig lie below. */
export const baseDn = 'dc=example,dc=org'

/** Of `cn=admin` and `cn=config`, and of `cn=reader`. */
export const passwords = { admin: 'rig-admin', reader: 'rig-reader' } as const

/** Where slapd notes the number of its process. */
export function pidFileIn(folder: string): string {
  return join(folder, 'pid')
}

/** Writes certificates, `cn=config` and the first entries into the folder. */
export async function makeConfiguration(folder: string): Promise<void> {
  for (const name of ['config', 'entries']) await mkdir(join(folder, name))
  await writeCertificates(folder)
  const config = join(folder, 'config')
  await runWithInput('/usr/sbin/slapadd', ['-n', '0', '-F', config], configuration(folder))
  await runWithInput('/usr/sbin/slapadd', ['-q', '-n', '1', '-F', config], firstEntries())
}

function configuration(folder: string): string {
  const schemas = ['core', 'cosine', 'inetorgperson', 'nis']
  return `dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: ${pidFileIn(folder)}
olcThreads: 4
olcToolThreads: 2
olcTLSCACertificateFile: ${join(folder, 'ca.pem')}
olcTLSCertificateFile: ${join(folder, 'server.pem')}
olcTLSCertificateKeyFile: ${join(folder, 'server.key')}
olcTLSVerifyClient: never

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: memberof

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

${schemas.map((name) => `include: file:///etc/ldap/schema/${name}.ldif\n`).join('\n')}
dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcSizeLimit: unlimited
olcTimeLimit: unlimited

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcRootDN: cn=config
olcRootPW: ${passwords.admin}

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: ${baseDn}
olcRootDN: cn=admin,${baseDn}
olcRootPW: ${passwords.admin}
olcDbDirectory: ${join(folder, 'entries')}
olcDbMaxSize: 2147483648
olcDbEnvFlags: nosync
olcDbIndex: objectClass,uid,cn,member,modifyTimestamp,entryUUID eq
olcAccess: {0}to attrs=userPassword by anonymous auth by * none
olcAccess: {1}to * by * read

dn: olcOverlay={0}memberof,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcMemberOf
olcOverlay: {0}memberof
`
}

function firstEntries(): string {
  return `dn: ${baseDn}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,${baseDn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${passwords.reader}
`
}
