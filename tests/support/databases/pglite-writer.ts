/** Runs as a process of its own: opens the embedded database in a folder and adds users, printing each stored id. */
import { randomUUID } from "node:crypto"
import { openDatabase } from "#db/client.ts"
import { user } from "#db/schema.ts"

const [folder = ""] = process.argv.slice(2)
const { db } = await openDatabase({ database: { kind: "pglite", folder } })
for (;;) {
  const id = randomUUID()
  await db.insert(user).values({ id, name: "Ada ".repeat(500), email: `${id}@example.org` })
  process.stdout.write(`${id}\n`)
}
