import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { sql } from "drizzle-orm"
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest"
import { GET, POST } from "#app/api/auth/[...all]/route.ts"
import type { Database } from "#db/client.ts"
import { createAuth } from "#lib/auth/auth.ts"
import { loadConfig } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { type Visitor, visitorOf } from "#tests/support/clients/visitor.ts"
import { openTestDatabase } from "#tests/support/databases/databases.ts"

const services = vi.hoisted(() => ({ current: {} as object }))
vi.mock("#lib/services.ts", () => ({ getServices: async () => services.current }))

export const guestPath = "/api/auth/sign-in/anonymous"
export const ada = { name: "Ada é 👩‍🚀", email: "ada@example.org", password: "correct horse" }

/** Gives each test the addresses of sign-in over an emptied database, with the default settings. */
export function useAuthServer() {
  let database: Database
  let dataDir: string

  beforeAll(async () => {
    database = await openTestDatabase("pglite")
    dataDir = mkdtempSync(path.join(tmpdir(), "auth-"))
  })
  afterAll(async () => {
    await database.close()
    rmSync(dataDir, { recursive: true })
  })
  beforeEach(() => void serve())
  afterEach(async () => {
    await database.db.execute(sql`truncate "User" cascade`)
  })

  /** Starts over with these settings besides the defaults. */
  function serve(environment: Record<string, string> = {}, db = database.db) {
    const config = loadConfig({ DATA_DIR: dataDir, ...environment })
    const auth = createAuth({ db, config })
    services.current = { config, auth, logger: { error: () => undefined, warn: () => undefined } }
    return auth
  }

  return { database: () => database, serve }
}

export const visitor = (address?: string): Visitor => visitorOf({ GET, POST }, address)

export async function guest(address?: string): Promise<Visitor> {
  const someone = visitor(address)
  expect((await someone.post(guestPath, {})).status).toBe(200)
  return someone
}

/** Sends a request without what a visitor adds. */
export function send(path: string, init: RequestInit): Promise<Response> {
  const request = new Request(`http://localhost:3000${path}`, {
    method: "POST",
    duplex: "half",
    ...init,
  } as RequestInit)
  return POST(request, { params: Promise.resolve({}) })
}

export async function codeOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.catch((thrown: unknown) => thrown)
  return error instanceof ChatError ? error.code : `no ChatError: ${String(error)}`
}
