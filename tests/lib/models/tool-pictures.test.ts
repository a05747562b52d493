/** U8: prompts with stored tool results whose tool no longer exists. */
import type { LanguageModelV4Prompt } from "@ai-sdk/provider"
import { MockLanguageModelV4 } from "ai/test"
import { expect, test } from "vitest"
import { withPicturesAsUserMessage, withPicturesInResults } from "#lib/models/tool-pictures.ts"

const data = "iVBORw0KGgo".padEnd(40_000, "aB3")
const picture = { type: "image", mimeType: "image/png", data }
const outputs: [string, object][] = [
  ["an MCP server's content", { content: [{ type: "text", text: "a dot" }, picture] }],
  ["a resource", { content: [{ type: "resource", resource: { uri: "a dot", mimeType: "image/png", blob: data } }] }],
  ["a data address", { says: "a dot", url: `data:image/png;base64,${data}` }],
  ["base64 without a name", { says: "a dot", whatever: data }],
]

test.each(outputs)("U8 a stored picture is a picture to any model: %s", async (_, output) => {
  for (const wrap of [withPicturesInResults, withPicturesAsUserMessage]) {
    const seen = await toldBy(wrap, true, output)
    expect(seen.texts).toContain("a dot")
    expect(seen.texts.length).toBeLessThan(500)
    expect(seen.files).toEqual([{ type: "file", mediaType: "image/png", data: { type: "data", data } }])
    const blind = await toldBy(wrap, false, output)
    expect(blind.texts).toContain("a picture: image/png, 30 kB")
    expect(blind.texts.length).toBeLessThan(500)
    expect(blind.files).toEqual([])
  }
})

test("U8 other bytes become a note for any model, and results without bytes are unchanged", async () => {
  for (const wrap of [withPicturesInResults, withPicturesAsUserMessage]) {
    const clip = await toldBy(wrap, true, { content: [{ type: "audio", mimeType: "audio/wav", data }] })
    expect(clip.texts).toContain("an audio clip: audio/wav, 30 kB")
    expect(clip.files).toEqual([])
    const plain = { rows: [{ id: 7, data: "short", mimeType: "image/png", text: "x".repeat(9_000) }] }
    expect((await toldBy(wrap, true, plain)).output).toEqual({ type: "json", value: plain })
  }
})

async function toldBy(wrap: typeof withPicturesInResults, seesPictures: boolean, value: object) {
  const model = new MockLanguageModelV4({
    doGenerate: { content: [], finishReason: { unified: "stop", raw: undefined }, usage: noUsage, warnings: [] },
  })
  // JSON is passed in as it was stored.
  const output = { type: "json" as const, value: JSON.parse(JSON.stringify(value)) }
  const prompt: LanguageModelV4Prompt = [
    { role: "user", content: [{ type: "text", text: "?" }] },
    { role: "assistant", content: [{ type: "tool-call", toolCallId: "1", toolName: "away", input: {} }] },
    { role: "tool", content: [{ type: "tool-result", toolCallId: "1", toolName: "away", output }] },
  ]
  await wrap(model, seesPictures).doGenerate({ prompt })
  const told =
    model.doGenerateCalls[0]?.prompt.slice(2).flatMap(({ role, content }) => (role === "system" ? [] : [...content])) ??
    []
  const files: unknown[] = []
  const texts = JSON.stringify(told, (_, member: unknown) => {
    const isFile = typeof member === "object" && member !== null && "type" in member && member.type === "file"
    return isFile ? void files.push(member) : member
  })
  const [result] = told
  return { texts, files, output: result?.type === "tool-result" ? result.output : undefined }
}

const noUsage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
}
