/** Lists the attributes of users and members that the text of an expression names, and perhaps some that it only quotes. */
export function attributesMentioned(text: string): string[] {
  const named = text.matchAll(/\b(user|member)(?:\.|\[\s*['"])([A-Za-z][A-Za-z0-9_-]*)/g)
  return [...new Set([...named].map(([, holder = '', name = '']) => `${holder}.${name}`))]
}
