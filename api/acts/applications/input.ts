/** The number of an application. */
export const application = { type: 'integer', minimum: 1, maximum: 2_147_483_647, examples: [12] } as const

export const answers = {
  type: 'object',
  additionalProperties: true,
  description: 'An answer for each item by its name; `GET /api/v1/forms/schema` gives their JSON Schema.',
  examples: [{ name: 'Ada Lovelace' }],
} as const
