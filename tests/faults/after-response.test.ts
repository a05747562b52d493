/** An answer does not depend on what the platform does with work that outlives a response. */
import { after } from "next/server"
import { expect, test, vi } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { breaksAfter, scripted } from "#tests/support/providers/scripted-model.ts"

vi.mock("next/server", async (original) => ({ ...(await original<object>()), after: vi.fn() }))

test("F58 when after() throws, the answer is still streamed, stored and charged", async () => {
  vi.mocked(after).mockImplementationOnce(() => {
    throw new Error("after() is out of order")
  })
  const { guest, charges } = await freshService({ model: scripted("all of it") })
  const client = await guest()
  expect(await (await client.post("hello")).readAll()).toBe("all of it")
  expect(after).toHaveBeenCalledOnce()
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  expect(await charges()).toHaveLength(1)
})

test("F58 promises given to after() never reject, even if the answer fails", async () => {
  const { guest } = await freshService({ model: breaksAfter("half", new Error("no")) })
  const client = await guest()
  await (await client.post("hello")).readAll()
  const [work] = vi.mocked(after).mock.lastCall ?? []
  expect(work).toBeInstanceOf(Promise)
  await work
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("ERROR")
})
