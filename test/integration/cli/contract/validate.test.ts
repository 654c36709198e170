import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { FlatFinding } from '../../../../core/model/answers.ts'
import { edited, lineOf, twoVos, type Files } from './config.ts'
import { openContractWorld, type ContractWorld } from './world.ts'

interface Validation {
  readonly valid: boolean
  readonly findings: readonly FlatFinding[]
}

const keys = ['severity', 'code', 'file', 'line', 'column', 'path', 'message'].sort()

describe('validate --json', () => {
  let world: ContractWorld
  beforeAll(async () => {
    world = await openContractWorld()
  })
  afterAll(async () => world.close())

  async function validate(files: Files): Promise<{ readonly exitCode: number; readonly json: Validation }> {
    const { exitCode, json } = await world.answer('validate', world.folder(files))
    return { exitCode, json: json as Validation }
  }

  it('answers with exactly valid and findings, each with exactly seven keys', async () => {
    const { json } = await validate(twoVos)

    expect(Object.keys(json).sort()).toEqual(['findings', 'valid'])
    expect(json.findings.map((finding) => Object.keys(finding).sort())).toEqual([keys, keys])
  })

  it('is valid with warnings only, and exits 0', async () => {
    const { exitCode, json } = await validate(twoVos)

    const [there, here] = ['astro/resources.yaml', 'instance/facilities.yaml']
    const message = 'resource "beyond" wants service "people", which offer "astro" does not include'
    const warning = { severity: 'warning', code: 'offer-exceeded', message }
    expect({ exitCode, json }).toEqual({
      exitCode: 0,
      json: {
        valid: true,
        findings: [
          {
            ...warning,
            file: there,
            line: lineOf(twoVos, there, '[people], groups: [telescope]'),
            column: 39,
            path: 'spec.services[0]',
          },
          {
            ...warning,
            file: here,
            line: lineOf(twoVos, here, 'offers: [{ name: astro'),
            column: 12,
            path: 'spec.offers[0]',
          },
        ],
      },
    })
  })

  it('is not valid with an error beside the warnings, and exits 1', async () => {
    const { exitCode, json } = await validate(
      edited(twoVos, 'astro/vo.yaml', ['includes: [engineers]', 'includes: [x]']),
    )

    expect({ exitCode, valid: json.valid }).toEqual({ exitCode: 1, valid: false })
    expect(json.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning offer-exceeded',
      'error reference-unknown',
      'warning offer-exceeded',
    ])
  })

  it('names no place where there is none', async () => {
    const { exitCode, json } = await validate({})

    expect(exitCode).toBe(1)
    expect(json).toEqual({
      valid: false,
      findings: [
        {
          ...{ severity: 'error', code: 'reference-unknown', file: null, line: null, column: null, path: null },
          message: expect.stringContaining('Instance'),
        },
      ],
    })
  })

  it('sorts findings by file in code point order, then by line and column as numbers', async () => {
    const faulty =
      'apiVersion: guildhall/v1\nkind: Group\nmetadata: { vo: astro, name: N }\nspec: { includes: [x], exlusive: true }\n'
    const named = (name: string): string => faulty.replace('N', name)
    const many = Array.from({ length: 3 }, (_, index) => named(`m${index}`)).join('---\n')

    const { json } = await validate({ ...twoVos, 'é.yaml': named('p'), 'Z.yaml': named('q'), 'a.yaml': many })

    const places = json.findings.map(({ file, line, column }) => [file ?? '', line ?? 0, column ?? 0] as const)
    expect(places.map(([file]) => file).filter((file, index, all) => file !== all[index - 1])).toEqual([
      ...['Z.yaml', 'a.yaml', 'astro/resources.yaml', 'instance/facilities.yaml', 'é.yaml'],
    ])
    const inMany = places.filter(([file]) => file === 'a.yaml')
    expect(inMany).toEqual(inMany.toSorted(([, line, column], [, l, c]) => line - l || column - c))
    expect(inMany.map(([, line]) => line)).toContain(14)
  })
})
