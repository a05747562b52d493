/** What providers report as an answer's tokens, over real HTTP. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"

const whole = { inputTokens: 120, outputTokens: 30, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }

test("D1 fractional token counts are rounded and impossible ones estimated; the answer is stored at once and charged once", async () => {
  let usage: string
  const url = await providerReporting(() => usage)
  const { guest, charges } = await freshService({ environment: { OPENAI_BASE_URL: url, CHAT_MODELS: "test" } })
  const client = await guest()
  const cases: [usage: string, charged: object][] = [
    ['{"prompt_tokens":120,"completion_tokens":30.5}', { ...whole, outputTokens: 31, credits: 151 }],
    [
      '{"prompt_tokens":120,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":12.5}}',
      { ...whole, cachedInputTokens: 13, credits: 150 },
    ],
    ['{"prompt_tokens":120,"completion_tokens":-3}', { outputTokens: 3, estimated: true }],
    ['{"prompt_tokens":120,"completion_tokens":3000000000}', { outputTokens: 3, estimated: true }],
    ['{"prompt_tokens":1e300,"completion_tokens":30}', { estimated: true }],
    [
      '{"prompt_tokens":120,"completion_tokens":30,"completion_tokens_details":{"reasoning_tokens":-1}}',
      { ...whole, credits: 150 },
    ],
  ]
  for (const [given, charged] of cases) {
    usage = given
    client.chatId = crypto.randomUUID()
    const answer = await client.post("hello")
    expect(await answer.readAll()).toBe("Hello world.")
    expect((await client.messages()).at(-1)).toMatchObject({
      parts: [{ type: "step-start" }, { text: "Hello world." }],
      metadata: { status: "COMPLETE" },
    })
    const streamId = answer.response.headers.get("x-stream-id")
    expect((await charges()).filter((charge) => charge.streamId === streamId)).toMatchObject([charged])
    usage = '{"prompt_tokens":1,"completion_tokens":1}'
    expect(await (await client.post("and now?")).readAll()).toBe("Hello world.")
  }
})

async function providerReporting(usage: () => string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { "content-type": "text/event-stream" })
    const chunk = (rest: string) => response.write(`data: {"id":"1","created":1,"model":"m",${rest}}\n\n`)
    chunk('"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello "}}]')
    chunk('"choices":[{"index":0,"delta":{"content":"world."}}]')
    chunk('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]')
    chunk(`"choices":[],"usage":${usage()}`)
    response.end("data: [DONE]\n\n")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}
