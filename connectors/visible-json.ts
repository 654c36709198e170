/** What most text is made of, and quickly told. */
const plain = /^[ -~\n]*$/
const hidden = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/u

/** JSON allows invisible and direction-changing characters in strings; as escapes they can be seen in a diff. */
export function visible(json: string): string {
  if (plain.test(json) || !hidden.test(json)) return json
  return json.replace(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
