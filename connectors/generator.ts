import type { JsonObject } from '../core/model/json.ts'
import type { MemberStatus } from '../core/model/state.ts'

/** A person as one service of one facility sees one; the worse of VO and group status, the best over the resources here. */
export interface Account {
  /** Identities in output order; the first one names the person. */
  readonly identities: readonly string[]
  readonly status: MemberStatus
  readonly banned: boolean
  /** Of what is no person; told to generators that ask for it. */
  readonly serviceAccount?: AnsweredFor
  /** By full name (`user.login`), after the facility's `use` and the definitions' defaults. */
  readonly attributes: JsonObject
}

/** Who answers for a service account, each by their first identity (none where all of them are gone), and what it is for. */
interface AnsweredFor {
  readonly owners: readonly string[]
  readonly purpose: string
}

/** A resource of the facility that carries the service. */
export interface ResourceView {
  readonly vo: string
  readonly name: string
  readonly capabilities: readonly string[]
  /** Its own (`resource.*`) and those of its VO (`vo.*`), as far as the service names them. */
  readonly attributes: JsonObject
  /** The assigned groups with what they have there; only where the service names `group-resource.*`. */
  readonly groups?: readonly GroupView[]
}

/** A group assigned to one of the resources (subgroups too, where the assignment says so). */
export interface GroupView {
  readonly vo: string
  readonly name: string
  readonly attributes: JsonObject
}

/** A person among the members of a resource; `resource` is an index into `resources`. */
interface ResourceMember {
  readonly resource: number
  readonly account: Account
}

/** A person among the members of a group; `group` is an index into `groups`. */
interface GroupMember {
  readonly group: number
  readonly account: Account
}

/** People some thousand at a time: to wait for each would take longer than to write their lines. */
type Batches<T> = AsyncIterable<readonly T[]>

/** What a generator reads. People may be walked more than once; each walk is a query in the same transaction. */
export interface GeneratorInput {
  readonly facility: string
  readonly service: string
  /** `Facility.spec.services.<service>.options`. */
  readonly options: JsonObject
  /** Files of a `template:` service, by output name: the template's text. */
  readonly templates: Readonly<Record<string, string>>
  /** By VO, then name. */
  readonly resources: readonly ResourceView[]
  /** By VO, then name. */
  readonly groups: readonly GroupView[]
  /** Of the facility (`facility.*`), as far as the service names them. */
  readonly attributes?: JsonObject
  /** The machines of the facility, where the service names `host.*`. */
  readonly hosts?: readonly { readonly name: string; readonly attributes: JsonObject }[]
  /** Every person once, by first identity in code-point order. */
  accounts(): Batches<Account>
  /** By resource, then by first identity. */
  members(): Batches<ResourceMember>
  /** By group, then by first identity. */
  groupMembers(): Batches<GroupMember>
}

/**
 * A piece of output. `text` appends to a file (files may be written in turns), `file` is a whole small file, `generation`
 * appends the snapshot's generation, which is known only at delivery and takes no part in the content hash; `left-out`
 * says that a person is not in the output and why.
 */
export type Output =
  | { readonly kind: 'text'; readonly file: string; readonly text: string }
  | { readonly kind: 'file'; readonly file: string; readonly text: string }
  | { readonly kind: 'generation'; readonly file: string }
  | { readonly kind: 'left-out'; readonly user: string; readonly reason: string }

/** Makes the files of one service; pure, and the same input gives the same bytes. */
export interface Generator {
  readonly name: string
  /**
   * Whether the output says who is expired or banned: then such people are given too, unless the service says otherwise; if
   * not, only VALID people who are not banned are. `tells` of its options schema lists the same, for whoever checks a service.
   */
  readonly carriesStatus: boolean
  /** Whether the output says who is no person, or who answers for it. */
  readonly tellsServiceAccounts?: boolean
  /** Attributes it cannot do without, besides those the Service document requires. */
  readonly requires: readonly string[]
  /** Attributes it uses where they are there. */
  readonly uses: readonly string[]
  /** Further ones that these options name; options of another form name none. */
  usesOf?(options: JsonObject): readonly string[]
  generate(input: GeneratorInput): AsyncIterable<Output>
}
