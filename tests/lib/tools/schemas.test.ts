import { asSchema } from "ai"
import { expect, test } from "vitest"
import { chatTools, tools } from "#lib/tools/tools.ts"

test("what a tool takes is described once, not for each answer", async () => {
  const toolsOfChat = () => ({ ...tools, ...chatTools({ rename: async () => true }) })
  const described = async ({ inputSchema }: { inputSchema: Parameters<typeof asSchema>[0] }) =>
    asSchema(inputSchema).jsonSchema
  const [one, other] = [toolsOfChat(), toolsOfChat()]
  for (const name of Object.keys(one) as (keyof typeof one)[])
    expect(await described(one[name]), name).toBe(await described(other[name]))
})
