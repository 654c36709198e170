/** Lists the words under which `mayAct` names an attribute: the name behind the dot, also as it is written with hyphens (`sshKeys`, `ssh-keys`). */
export function wordsOfAttribute(name: string): string[] {
  const bare = name.slice(name.indexOf('.') + 1)
  return [...new Set([bare, bare.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)])]
}
