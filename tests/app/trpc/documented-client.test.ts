import * as client from "@trpc/client"
import { expect, test } from "vitest"
import { codeBlock } from "#tests/docs/code-blocks.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { routeServer } from "#tests/support/servers/route-server.ts"

test("the protocol's client gets the whole answer, though its connection is cut in the middle", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest } = await freshService({ model })
  const { url, cut, answered: addresses } = await routeServer(await guest())
  const code = codeBlock("docs/protocol.md", { heading: "### tRPC", language: "js" })
    .replace(/^import (\{.*\}) from "@trpc\/client"$/m, "const $1 = client")
    .replace('"/api/trpc"', JSON.stringify(`${url}/api/trpc`))
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor
  const answered: Promise<string> = new AsyncFunction("client", `${code}\nreturn text`)(client)
  const follows = () => addresses.filter((address) => address.includes("chat.follow")).length
  await expect.poll(follows).toBe(1)
  await model.releaseUntil("two")
  cut()
  await expect.poll(follows).toBe(2)
  model.release()
  expect(await answered).toBe("one two three four")
})
