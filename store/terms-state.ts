import type { VoTerms } from '../core/model/state.ts'
import { numbersIn } from './numbers-in.ts'
import type { Db } from './pool.ts'

interface Versions extends Pick<VoTerms, 'vo'> {
  readonly versions: readonly { version: string; sha256: string; since: string; closed: boolean }[]
}

/** What the rows of one VO, and of one version where they are about one, say: people, and a moment in milliseconds for each. */
interface Moments {
  readonly vo: string
  readonly version: string
  readonly users: string
  readonly moments: string
}

const inMs = (moment: string): string => `floor(extract(epoch from ${moment}) * 1000)::bigint`

/** Reads what the planner has to know of terms; VOs that never had any cost nothing. */
export async function loadTerms(db: Db): Promise<VoTerms[]> {
  const { rows } = await db.query<Versions>(
    `select vo.name as vo, json_agg(json_build_object(
         'version', v.version, 'sha256', v.sha256, 'since', v.since, 'closed', v.closed) order by v.id) as versions
     from terms_version v join vo on vo.id = v.vo_id group by 1 order by 1`,
  )
  if (rows.length === 0) return []
  const { rows: accepted } = await db.query<Moments>(
    `select vo.name as vo, a.version, string_agg(a.person_id::text, ',' order by a.person_id) as users,
       string_agg(${inMs('a.at')}::text, ',' order by a.person_id) as moments
     from (select vo_id, version, person_id, max(at) as at from terms_acceptance group by 1, 2, 3) a
     join vo on vo.id = a.vo_id group by 1, 2 order by 1, 2`,
  )
  const { rows: texts } = await db.query<{ vo: string; version: string; sha256: string }>(
    `select vo.name as vo, a.version, a.sha256
     from (
       select vo_id, version, sha256 from terms_acceptance union select vo_id, version, sha256 from terms_acceptance_past
     ) a join vo on vo.id = a.vo_id order by 1, 2, 3`,
  )
  const { rows: joined } = await db.query<Moments>(
    `select vo.name as vo, '' as version, string_agg(m.person_id::text, ',' order by m.person_id) as users,
       string_agg(${inMs('coalesce(m.joined_at, m.since)')}::text, ',' order by m.person_id) as moments
     from member m join vo on vo.id = m.vo_id where vo.spec ? 'terms' group by 1 order by 1`,
  )
  return rows.map(({ vo, versions }) => ({
    vo,
    versions: versions.map(({ closed, since, ...version }) => ({
      ...version,
      since: new Date(since),
      isClosed: closed,
    })),
    accepted: accepted
      .filter((one) => one.vo === vo)
      .flatMap((one) => momentsOf(one).map(({ user, at }) => ({ version: one.version, user, at }))),
    acceptedTexts: texts.flatMap(({ vo: of, ...text }) => (of === vo ? [text] : [])),
    joined: joined.filter((one) => one.vo === vo).flatMap(momentsOf),
  }))
}

function momentsOf({ users, moments }: Moments): { readonly user: number; readonly at: Date }[] {
  const times = numbersIn(moments)
  return numbersIn(users).map((user, index) => ({ user, at: new Date(times[index] ?? 0) }))
}
