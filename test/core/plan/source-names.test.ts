import { expect, it } from '@jest/globals'
import { instance, source } from '../../support/builders.ts'
import { planOf } from '../../support/plan.ts'

it('a source that says it was another one does not take over the people of a third that has its name', () => {
  const ground = [instance(), source('idp')]

  const { changes, findings } = planOf(
    [...ground, source('ldap'), source('hr')],
    [...ground, source('hr', { previously: ['ldap'] })],
  )

  expect(changes).toEqual([])
  expect(findings.map(({ severity, code, at }) => `${severity} ${code} ${at?.file ?? ''}`)).toEqual([
    'error previously-ambiguous Source--hr.yaml',
  ])
})
