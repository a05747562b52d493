import { expect, test, vi } from "vitest"
import { sharedQuery } from "#db/repository/shared-query.ts"

function held() {
  const queries: PromiseWithResolvers<string>[] = []
  const query = vi.fn(() => {
    const asked = Promise.withResolvers<string>()
    queries.push(asked)
    return asked.promise
  })
  const shared = sharedQuery<string>()
  return { queries, query, ask: (key = "key") => shared(key, query) }
}

test("callers that come while a query runs share the next one, and none gets what was read before it asked", async () => {
  const { queries, query, ask } = held()
  const first = ask()
  const later = [ask(), ask(), ask()]
  expect(query).toHaveBeenCalledTimes(1)
  queries[0]?.resolve("before")
  expect(await first).toBe("before")
  await vi.waitUntil(() => queries.length === 2)
  queries[1]?.resolve("after")
  expect(await Promise.all(later)).toEqual(["after", "after", "after"])
  expect(query).toHaveBeenCalledTimes(2)
})

test("a query that fails, fails for its own callers only", async () => {
  const { queries, ask } = held()
  const first = ask()
  const second = ask()
  queries[0]?.reject(new Error("away"))
  await expect(first).rejects.toThrow("away")
  await vi.waitUntil(() => queries.length === 2)
  queries[1]?.resolve("back")
  expect(await second).toBe("back")
  const third = ask()
  queries[2]?.resolve("again")
  expect(await third).toBe("again")
})

test("callers with other keys do not wait", () => {
  const { query, ask } = held()
  void ask("one")
  void ask("other")
  expect(query).toHaveBeenCalledTimes(2)
})
