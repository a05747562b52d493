/** D2, D8, D12: a request is repeated without the part that a server refuses, and gets its answer. */
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { loadConfig } from "#lib/config.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { type Answer, type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { type RefusingServer, refuses } from "#tests/support/providers/refusing-servers.ts"

test.each<[RefusingServer, leftOut: string[] | undefined]>([
  ["no-tools", ["tools"]],
  ["no-tool-choice", undefined],
  ["no-stream-options", undefined],
  ["no-schema-word", undefined],
  ["no-system", undefined],
  ["no-stream", undefined],
  ["asks-for-stream", undefined],
  ["template-trips", ["tools"]],
])("D2 %s: the request is repeated without it, charged once, and the omission remembered", async (name, leftOut) => {
  const { client, server, charges } = await askedOf(name)
  expect(await (await client.post("hello")).readAll()).toBe("all is well")
  expect(server.calls).toBe(2)
  const answer = (await client.messages()).at(-1)
  expect(answer?.metadata).toMatchObject({ status: "COMPLETE" })
  expect(answer?.metadata?.leftOut).toEqual(leftOut)
  expect(await charges()).toHaveLength(1)

  expect(await (await client.post("and now?")).readAll()).toBe("all is well")
  expect(server.calls).toBe(3)
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toEqual(leftOut)
  expect(await charges()).toHaveLength(2)
})

test("D2 instructions that a server refuses as a message of their own are put before the first question", async () => {
  const { client, server } = await askedOf("no-system")
  await (await client.post("hello")).readAll()
  const [first, ...rest] = server.requests.at(-1)?.body.messages ?? []
  expect(first).toMatchObject({ role: "user", content: expect.stringMatching(/^You are a helpful.*\n\nhello$/s) })
  expect(rest).toEqual([])
})

test("D2 an answer still streams after a server suggested another parameter name", async () => {
  const { client, server } = await askedOf("asks-for-stream")
  await (await client.post("hello")).readAll()
  expect(server.requests.map(({ body }) => [body.stream, "stream_options" in body])).toEqual([
    [true, true],
    [true, false],
  ])
})

test("D2 a server that refuses even the simplest schema is asked without tools", async () => {
  const { client, server } = await askedOf("no-plain-schema")
  expect(await (await client.post("hello")).readAll()).toBe("all is well")
  expect(server.calls).toBe(3)
})

test("D2 an unsigned tool call is sent with a placeholder signature that its server accepts", async () => {
  const { client, server } = await askedOf("signed-calls", {}, thoughtful)
  expect(await (await client.post("what is 2+3?")).readAll()).toBe("all is well")
  expect(server.calls).toBe(3)
  expect(await (await client.post("and 3+4?")).readAll()).toBe("all is well")
  expect(server.requests.at(-1)?.body).toHaveProperty("tools")
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toBeUndefined()
})

test("D2 when a refusal names no field one is guessed, and a field omitted in vain is sent again", async () => {
  const { client, server } = await askedOf("says-not-what")
  expect(await (await client.post("hello")).readAll()).toBe("all is well")
  expect(server.requests.map(({ body }) => ["stream_options", "tools"].filter((name) => name in body))).toEqual([
    ["stream_options", "tools"],
    ["tools"],
    ["stream_options"],
  ])
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toEqual(["tools"])
})

test("D2 when omitting every field fails the refusal stands, is not charged, and nothing is remembered", async () => {
  const { client, server, charges } = await askedOf("refuses-all")
  await (await client.post("hello")).readAll()
  expect((await client.messages()).at(-1)?.metadata).toMatchObject({ error: { code: "provider_refused" } })
  expect(server.calls).toBe(5)
  expect(await charges()).toEqual([])
  server.answerWith("all is well")
  expect(await (await client.post("and now?")).readAll()).toBe("all is well")
  expect(server.requests.at(-1)?.body).toHaveProperty("tools")
  expect(server.requests.at(-1)?.body).toHaveProperty("stream_options")
})

test.each([
  "This model's maximum context length is 4096 tokens, 1000 of them in the functions.",
  "Incorrect API key provided: tools are not supported.",
  "The response was filtered due to our content management policy.",
])("D2 a real error is not retried: %s", async (message) => {
  const { client, server } = await askedOf("no-tools")
  server.answerWith({ refusal: { status: 400, body: { error: { message } } } })
  await (await client.post("hello")).readAll()
  expect(server.calls).toBe(1)
  expect((await client.messages()).at(-1)?.metadata).toMatchObject({ error: { code: "provider_refused" } })
})

test("D2 fields that the operator omits are never sent, and the answer says so", async () => {
  const { client, server } = await askedOf("no-tools", { MODEL_OMITS: "stream_options,m=tools" })
  expect(await (await client.post("hello")).readAll()).toBe("all is well")
  expect(server.calls).toBe(1)
  expect(server.requests[0]?.body).not.toHaveProperty("stream_options")
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toEqual(["tools"])
})

test("D2 a server that knows no tools gets earlier tool results as text", async () => {
  const { client, server } = await askedOf("no-tools")
  let calls = 0
  server.answerWith(({ body }): Answer => {
    calls += 1
    if (calls === 1) return { toolCall: { name: "calculate", arguments: { expression: "2+3" } } }
    const refusal = refuses("no-tools", body)
    return refusal ? { refusal } : { text: "all is well" }
  })
  expect(await (await client.post("what is 2+3?")).readAll()).toBe("all is well")
  const last = server.requests.at(-1)?.body.messages ?? []
  expect(last.map(({ role }) => role)).toEqual(["system", "user"])
  expect(String(last[1]?.content)).toMatch(/^what is 2\+3\?\n\nWhat the tool calculate gave .*5/s)
})

test.each<[RefusingServer, mediaType: string, told: string, kind: string]>([
  ["no-pictures", "image/png", "[image: cat.png]", "image"],
  ["no-pdf", "application/pdf", "[pdf: cat.png]", "pdf"],
])("D12 %s: its name is sent instead, also in later turns, and the answer says so", async (name, type, told, kind) => {
  const { client, server, charges } = await askedOf(name)
  expect(await (await postFile(client, type)).readAll()).toBe("all is well")
  expect(server.calls).toBe(2)
  expect(server.requests.at(-1)?.question).toBe(`${told}\n\nwhat is this?`)
  expect((await client.messages()).at(-1)?.metadata).toMatchObject({ status: "COMPLETE", leftOut: [kind] })
  expect(await (await client.post("and now?")).readAll()).toBe("all is well")
  expect(server.calls).toBe(3)
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain(told)
  expect(await charges()).toHaveLength(2)
})

test("D12 a chat with a picture continues with a text-only model, though the picture is in an earlier message", async () => {
  const { client, server } = await askedOf("no-tools")
  server.answerWith("a cat")
  await (await postFile(client, "image/png")).readAll()
  server.answerWith(({ body }) => {
    const refusal = refuses("no-pictures", body)
    return refusal ? { refusal } : { text: "all is well" }
  })
  expect(await (await client.post("are you sure?")).readAll()).toBe("all is well")
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toEqual(["image"])
})

test("D12 one unreadable picture does not stop other pictures from being sent", async () => {
  const { client, server } = await askedOf("one-bad-picture")
  expect(await (await postFile(client, "image/png")).readAll()).toBe("all is well")
  server.answerWith("a cat")
  expect(await (await postFile(client, "image/png")).readAll()).toBe("a cat")
  expect((await client.messages()).at(-1)?.metadata?.leftOut).toBeUndefined()
  expect(server.calls).toBe(3)
})

test("D8 thoughts are not sent with the next question", async () => {
  const { client, server } = await askedOf("no-thoughts", {}, { reasoning: "hm so." })
  expect(await (await client.post("hello")).readAll()).toBe("all is well")
  expect(await (await client.post("and now?")).readAll()).toBe("all is well")
  expect(server.calls).toBe(2)
})

test("D8 between the steps of one answer a thought is sent back in the field it came in, and dropped if refused", async () => {
  for (const [name, calls] of [
    ["own-thoughts", 2],
    ["no-thoughts", 3],
  ] as const) {
    const { client, server } = await askedOf(name, {}, thoughtful)
    expect(await (await client.post("what is 2+3?")).readAll(), name).toBe("all is well")
    expect(server.calls, name).toBe(calls)
    expect(await (await client.post("and 3+4?")).readAll(), name).toBe("all is well")
    expect(JSON.stringify(server.requests.at(-2)?.body), name).not.toContain("reasoning_content")
  }
})

test("D8 a server that demands thoughts gets them even for answers that another model gave", async () => {
  const { client, server } = await askedOf("own-thoughts", {}, { ...thoughtful, reasoning: undefined })
  expect(await (await client.post("what is 2+3?")).readAll()).toBe("all is well")
  expect(server.calls).toBe(3)
})

test("D2 a call's id is shortened to the server's limit, for the call and its result alike", async () => {
  const { client, server } = await askedOf("short-ids", {}, thoughtful)
  expect(await (await client.post("what is 2+3?")).readAll()).toBe("all is well")
  const [call, result] = server.requests.at(-1)?.body.messages.slice(-2) ?? []
  expect(call?.["tool_calls"]).toMatchObject([{ id: result?.["tool_call_id"] }])
})

test("D9 a message of several texts is sent as one text, for servers that accept no list", async () => {
  const { client, server } = await askedOf("texts-only")
  const artifacts = [{ type: "CODE", content: "let x = 1" }]
  expect(await (await client.post("what is x?", { artifacts })).readAll()).toBe("all is well")
  expect(server.calls).toBe(1)
})

const thoughtful: Answer = {
  reasoning: "hm so.",
  toolCall: { name: "calculate", arguments: { expression: "2+3" } },
  text: "all is well",
}

async function askedOf(
  name: RefusingServer,
  environment: Record<string, string> = {},
  answer: Answer = {},
): Promise<{ client: Client; server: OpenAiServer; charges: () => Promise<unknown[]> }> {
  const server = await startOpenAiServer({
    answer: ({ body }) => {
      const refusal = refuses(name, body)
      return refusal ? { refusal } : { text: "all is well", ...answer }
    },
  })
  onTestFinished(() => server.close())
  const { models } = loadConfig({ OPENAI_BASE_URL: server.url, CHAT_MODELS: "m", ...environment })
  const { guest, charges } = await freshService({ model: modelRegistry(models).get().model })
  return { client: await guest(), server, charges }
}

function postFile(client: Client, mediaType: string) {
  const file = { type: "file", mediaType, filename: "cat.png", url: `data:${mediaType};base64,AAAA` }
  const parts: ChatMessage["parts"] = [file as ChatMessage["parts"][number], { type: "text", text: "what is this?" }]
  return client.post("", { message: { id: crypto.randomUUID(), role: "user", parts } })
}
