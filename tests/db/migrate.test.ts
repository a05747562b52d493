import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, onTestFinished, test } from "vitest"
import { openDatabase } from "#db/client.ts"
import { user } from "#db/schema.ts"
import { createTestDatabase, freePort } from "#tests/support/postgres.ts"

function migrate(url: string) {
  const env = { ...process.env, DATABASE_URL: url, BETTER_AUTH_SECRET: "s".repeat(32) }
  return promisify(execFile)(process.execPath, ["db/migrate.ts"], { env })
}

test("db:migrate makes the tables, says so in a sentence, and may be run again", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  for (let run = 0; run < 2; run++)
    expect(await migrate(url)).toMatchObject({ stdout: "The database (postgres) is up to date.\n", stderr: "" })
  const database = await openDatabase({ database: { kind: "postgres", url } })
  onTestFinished(() => database.close())
  expect(await database.db.select().from(user)).toEqual([])
})

test("db:migrate of a server that is down fails with one sentence", async () => {
  const port = await freePort()
  await expect(migrate(`postgres://u:hunter2@127.0.0.1:${port}/chat`)).rejects.toMatchObject({
    code: 1,
    stderr: `The database was not changed. connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})
