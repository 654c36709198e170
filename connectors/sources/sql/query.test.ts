import { describe, expect, it } from '@jest/globals'
import { readQuery, requireSelect } from './query.ts'

describe('the query of an sql source', () => {
  it.each([
    ['postgresql', 'select * from people where unit = :select', 'select * from people where unit = $1', 1],
    ['mysql', 'select a from b where c = :select or d = :select', 'select a from b where c = ? or d = ?', 2],
    ['sqlite', 'select a from b where c=:select;', 'select a from b where c=:guildhall_select', 1],
    ['oracle', 'select a from b where c = :SELECT', 'select a from b where c = :guildhall_select', 1],
    ['postgresql', `select ':select', ":select", $$ :select; $$, $a$;$a$, e'\\':select', x::select_type`, undefined, 0],
    [
      'postgresql',
      "select a::text, b[1:2] from c -- ; drop\n where d = ':select'",
      "select a::text, b[1:2] from c   where d = ':select'",
      0,
    ],
    ['postgresql', 'select /* a /* ; */ ; */ 1', 'select   1', 0],
    ['mysql', 'select /* a /* ; */ 1 # ; x', 'select   1', 0],
    ['mysql', 'select \'it\\\'s; :select\', `a;b`, "c;\\""', 'select \'it\\\'s; :select\', `a;b`, "c;\\""', 0],
    ['mysql', 'select 2--1', 'select 2--1', 0],
    ['sqlite', "select [a;b], 'x''y;' from t", "select [a;b], 'x''y;' from t", 0],
    ['oracle', "select q'[it's;]', nq'!;'!' from dual", "select q'[it's;]', nq'!;'!' from dual", 0],
    ['postgresql', "select data #> '{a}' from t", "select data #> '{a}' from t", 0],
    [
      'sqlite',
      '  -- first\n with a as (select 1) select * from a ; -- last',
      'with a as (select 1) select * from a',
      0,
    ],
  ] as const)('%s reads %j', (dialect, source, ...[text, selects]) => {
    expect(readQuery(dialect, source)).toEqual({ text: text ?? source, selects })
  })

  it.each([
    ['postgresql', 'select 1; select 2', 'it has more than one statement; give one select statement'],
    ['mysql', 'select 1; drop table people', 'it has more than one statement; give one select statement'],
    ['postgresql', 'delete from people', 'give one select statement'],
    ['sqlite', 'pragma user_version', 'give one select statement'],
    ['mysql', 'set global read_only = off', 'give one select statement'],
    ['postgresql', '-- nothing', 'give one select statement'],
    ['postgresql', 'select 1) as a; drop table b', 'a parenthesis is closed that was not opened'],
    ['sqlite', 'select (1', 'a parenthesis is not closed'],
    ['postgresql', "select 'a", "what ' begins does not end"],
    ['postgresql', 'select $a$ b', 'what "$a$" begins does not end'],
    ['mysql', 'select /*! 1; drop table people */', 'a comment that is run, "/*!", may not stand in it'],
    ['sqlite', 'select /* 1', 'a comment is not closed'],
    ['sqlite', 'select a from b where c = :unit', 'it names ":unit"; the only parameter is :select'],
    ['sqlite', 'select a from b where c = $unit', 'it names "$unit"; the only parameter is :select'],
    ['sqlite', 'select a from b where c = ?1', 'it names "?1"; the only parameter is :select'],
    ['mysql', 'select a from b where c = ?', 'it names "?"; the only parameter is :select'],
    ['postgresql', 'select a from b where c = $1', 'it names "$1"; the only parameter is :select'],
  ] as const)('%s refuses %j', (dialect, source, reason) => {
    expect(() => readQuery(dialect, source)).toThrow(`Cannot use the query of an sql source: ${reason}`)
  })

  it('has a place for what is selected exactly where something is', () => {
    const with1 = readQuery('postgresql', 'select 1 where 2 = :select')
    const without = readQuery('postgresql', 'select 1')

    expect(() => requireSelect(with1, 'a')).not.toThrow()
    expect(() => requireSelect(without, undefined)).not.toThrow()
    expect(() => requireSelect(with1, undefined)).toThrow('it names :select, and nothing is selected')
    expect(() => requireSelect(without, 'a')).toThrow('nothing in it names :select, and "a" is selected')
  })
})
