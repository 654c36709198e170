import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { previewRun } from '../../../activities/sync-preview.ts'
import { readAbilities } from '../../../cli/system/abilities.ts'
import { surroundingsFor } from '../../../connectors/config-repo/validate-folder.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import * as store from '../../../store/index.ts'
import { onSample } from './on-database.ts'
import { sampleFolder } from './sample.ts'

const { pool } = onSample()

describe('the sources of the sample organisation', () => {
  it.each([
    [
      { source: 'catalogue', vo: 'survey' },
      [
        'join catalogue/fleming teams:spectra 2031-01-01',
        'join catalogue/hubble  ',
        'join catalogue/payne teams:spectra ',
        'join catalogue/rubin teams:rotation ',
        'join catalogue/rubin teams:rotation:halos ',
      ],
    ],
    [
      { source: 'guests', vo: 'survey', group: 'observers' },
      ['join guests/7 observers ', 'join guests/8 observers 2027-03-01'],
    ],
  ] as const)('%j gives who its file names', async (place, joining) => {
    const dependencies = {
      ...{ pool: pool(), store, sourceTypes, compileSchema: surroundingsFor(readAbilities()).compileSchema },
      environment: { in: sampleFolder, allowedPrivate: [] },
      secret: async () => '',
      readFile: async (_commit: string, path: string) => readFile(join(sampleFolder, path)),
    }

    const previews = await previewRun(dependencies, place, {
      now: new Date('2026-11-22T20:00:00Z'),
      signal: new AbortController().signal,
      report: () => undefined,
    })

    expect(previews.map(({ result }) => [result.outcome, result.skipped])).toEqual([['changed', []]])
    const lines = previews[0]?.changes.map(({ action, user, group, expires }) =>
      [action, user, group ?? '', expires ?? ''].join(' '),
    )
    expect(lines).toEqual(joining)
  })
})
