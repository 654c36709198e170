/** Any value JSON can carry; `undefined` is never among them. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** A JSON object. */
export type JsonObject = Readonly<Record<string, JsonValue>>
