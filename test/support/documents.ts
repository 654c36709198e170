/** The text of an Instance with an admin, and of the Source of its people. */
export const ground = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { admins: [{ user: github/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: github }
spec: { type: declared, loa: 1 }
`

/** The text of a Service that lists people as JSON. */
export const peopleService = `apiVersion: guildhall/v1
kind: Service
metadata: { name: people }
spec: { generator: json }
`
