import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createMapping, type MappingInput } from '../../../core/sources/create-mapping.ts'
import type { SourceRecord } from '../../../core/sources/record.ts'
import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import { compileCheck } from '../../../schemas/validate.ts'

const attributes: Readonly<Record<string, AttributeSpec>> = {
  'user.floor': { type: 'integer', schema: { minimum: 0 } },
  'user.isStaff': { type: 'boolean' },
  'user.labels': { type: 'array' },
  'user.phone': { type: 'string', schema: { pattern: '^[+0-9]+$' } },
  'user.extra': { type: 'map' },
}

function mapOf(spec: MappingInput['spec'], more: Partial<MappingInput> = {}) {
  return createMapping({
    ...{ source: 'hr', spec, login: '${uid}', zone: 'Europe/Prague', compileSchema: compileCheck },
    attributeOf: (name) => attributes[name],
    ...more,
  })
}

const ada: SourceRecord = {
  fields: {
    uid: ['ada', 'alias'],
    cn: ['Ada Lovelace'],
    mail: ['ada@example.org'],
    tel: ['+420 1'],
    floor: [' 3 '],
    staff: ['TRUE'],
    label: ['radio', 'optics', 'radio', ''],
    extra: ['{"room":"A1"}'],
    empty: [''],
    team: ['red', 'blue', 'not\na team'],
  },
}

describe('a mapping', () => {
  test('makes a subject of a record', () => {
    const map = mapOf({
      identities: [
        { source: 'idp', login: '${mail}', loa: 2 },
        { source: 'orcid', login: '${orcid}' },
      ],
      attributes: {
        'user.displayName': '${cn} (${uid})',
        'user.email': { template: '${mail}', overwrite: true },
        'user.phone': { expression: "record.tel[0].replace(' ', '')" },
        'user.floor': '${floor}',
        'user.isStaff': '${staff}',
        'user.labels': '${label}',
        'user.extra': '${extra}',
        'user.login': '${empty}',
        'user.sshKeys': { expression: "record.keys.filter(k, k != '')" },
      },
      status: { expression: "record.uid[0] == 'ada' ? 'expired' : 'VALID'" },
      starts: '2026-01-01',
      expires: '${until}',
    })

    expect(map({ fields: { ...ada.fields, until: ['20270131225900Z'] } })).toEqual({
      kind: 'subject',
      subject: {
        identity: 'hr/ada',
        others: [{ identity: 'idp/ada@example.org', loa: 2 }],
        values: {
          'user.displayName': 'Ada Lovelace (ada)',
          'user.email': 'ada@example.org',
          'user.phone': '+4201',
          'user.floor': 3,
          'user.isStaff': true,
          'user.labels': ['optics', 'radio'],
          'user.extra': { room: 'A1' },
        },
        isOver: true,
        starts: '2026-01-01',
        expires: '2027-02-01',
      },
    })
  })

  test('leaves a value out that does not fit, and tells why; the person goes on', () => {
    const map = mapOf({
      attributes: {
        'user.phone': '${tel}',
        'user.floor': '${cn}',
        'user.isStaff': '${cn}',
        'user.email': '${cn}',
        'user.extra': '${cn}',
        'user.login': { expression: 'record.uid[7]' },
        'user.displayName': '${photo}',
      },
    })

    const mapped = map({ ...ada, unreadable: { photo: 'too-long' } })

    expect(mapped.kind === 'subject' ? mapped.subject : mapped).toEqual({
      identity: 'hr/ada',
      values: {},
      unusable: [
        { reason: 'value-invalid', of: 'user.phone', message: expect.stringContaining('^[+0-9]+$') },
        { reason: 'value-invalid', of: 'user.floor', message: 'expected a whole number, got "Ada Lovelace"' },
        {
          reason: 'value-invalid',
          of: 'user.isStaff',
          message: 'expected a value of type boolean, got "Ada Lovelace"',
        },
        { reason: 'value-invalid', of: 'user.email', message: expect.stringContaining('an e-mail address') },
        { reason: 'value-invalid', of: 'user.extra', message: 'expected a value of type map, got "Ada Lovelace"' },
        { reason: 'expression-failed', of: 'user.login', message: expect.any(String) },
        {
          reason: 'value-unreadable',
          of: 'user.displayName',
          message: 'the field "photo" cannot be read: it is too long',
        },
      ],
    })
  })

  test.each<[string, { readonly spec?: MappingInput['spec']; readonly record: SourceRecord; readonly why: object }]>([
    ['no login', { record: { fields: { cn: ['x'] } }, why: { reason: 'no-identity', field: 'login' } }],
    [
      'a login that cannot be typed',
      { record: { fields: { uid: ['a\u0007b'] } }, why: { reason: 'no-identity', field: 'login' } },
    ],
    [
      'a login that cannot be read',
      { record: { fields: {}, unreadable: { uid: 'nul' } }, why: { reason: 'unreadable', field: 'uid' } },
    ],
    [
      'another login that cannot be read',
      {
        spec: { identities: [{ source: 'idp', login: '${eppn}' }] },
        record: { fields: { uid: ['ada'] }, unreadable: { eppn: 'not-utf8' } },
        why: { reason: 'unreadable', field: 'eppn', identity: 'hr/ada' },
      },
    ],
    [
      'a field by which it would be selected or not, and that cannot be read',
      {
        record: { fields: { uid: ['ada'] }, unreadable: { team: 'nul' }, undecided: 'team' },
        why: { reason: 'unreadable', field: 'team', identity: 'hr/ada' },
      },
    ],
    [
      'a date that is none',
      {
        spec: { expires: '${until}' },
        record: { fields: { uid: ['ada'], until: ['31.1.2027'] } },
        why: { reason: 'date-invalid', field: 'expires', identity: 'hr/ada' },
      },
    ],
    [
      'a status that is none',
      {
        spec: { status: '${state}' },
        record: { fields: { uid: ['ada'], state: ['gone'] } },
        why: { reason: 'status-invalid', field: 'status', identity: 'hr/ada' },
      },
    ],
  ])('leaves out a record with %s', (_, { spec = {}, record, why }) => {
    expect(mapOf(spec)(record)).toEqual({ kind: 'skipped', ...why })
  })

  test('finds the groups of a record, each once', () => {
    const byTemplate = mapOf({}, { path: '${team}' })(ada)
    const byExpression = mapOf({}, { path: { expression: "record.team.filter(t, t != 'blue').map(t, 'x:' + t)" } })(ada)

    expect([byTemplate, byExpression]).toEqual([
      {
        kind: 'subject',
        subject: {
          identity: 'hr/ada',
          groups: ['red', 'blue'],
          unusable: [
            {
              reason: 'value-invalid',
              of: 'groups',
              message: expect.stringContaining('expected one line of printable text'),
            },
          ],
        },
      },
      {
        kind: 'subject',
        subject: { identity: 'hr/ada', groups: ['x:red'], unusable: [expect.objectContaining({ of: 'groups' })] },
      },
    ])
  })

  test('never fails, gives only values that fit, and says the same again', () => {
    const map = mapOf(
      {
        identities: [{ source: 'idp', login: '${b}' }],
        attributes: {
          'user.displayName': '${a} ${b}',
          'user.floor': '${a}',
          'user.labels': '${c}',
          'user.phone': { expression: "record.a[0] + record['b'][1]" },
        },
        starts: '${c}',
        expires: { expression: 'record.a[0]' },
      },
      { login: '${a}', path: 'x:${b}' },
    )
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('1', '2027-01-01', '__proto__', '${a}', ' '))
    const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(text, { maxLength: 3 }))
    fc.assert(
      fc.property(fields, (given) => {
        const mapped = map({ fields: given })

        expect(map({ fields: given })).toEqual(mapped)
        if (mapped.kind === 'skipped') return
        const { identity, values = {}, groups = [] } = mapped.subject
        expect(identity.slice(3).trim()).toBe(given['a']?.find((one) => one !== '')?.trim())
        expect(groups.every((group) => /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,1000}$/u.test(group))).toBe(true)
        expect(typeof (values['user.floor'] ?? 0)).toBe('number')
      }),
    )
  })
})
