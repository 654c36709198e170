import { describe, expect, it } from '@jest/globals'
import { parseYaml } from '../../../connectors/config-repo/parse-yaml.ts'

const members = 'split it, or name long member lists with membersFrom'

describe('a file of YAML with too much in it', () => {
  it.each([
    ['#\n', 130_001, `too many lines in one file: expected at most 130000; ${members}`],
    ['---\n', 12_001, 'too many documents in one file: expected at most 12000; split it'],
    ['- a\n', 110_001, `too many keys, values, colons and commas in one file: expected at most 110000; ${members}`],
    ['- a # b\n', 100_000, `too many words, marks and spaces in one file: expected at most 650000; ${members}`],
  ])('is refused with the limit: %j, %i times', (piece, times, message) => {
    expect(parseYaml(piece.repeat(times))).toMatchObject({ kind: 'refused', code: 'yaml-invalid', message })
  })
})
