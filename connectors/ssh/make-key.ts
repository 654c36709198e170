/** Makes a private key for an ssh destination, in OpenSSH's format and without a passphrase. */
export async function makeKey(): Promise<string> {
  const { default: ssh2 } = await import('ssh2')
  return ssh2.utils.generateKeyPairSync('ed25519').private
}
