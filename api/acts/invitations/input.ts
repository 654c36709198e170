/** A one-time key, as the mail brings it. */
export const key = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'The key that the mail brings.',
} as const
