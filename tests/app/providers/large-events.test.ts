import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"
import { expect, onTestFinished, test } from "vitest"
import { buildServices } from "#lib/build-services.ts"
import { freshService, onlyModel } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { useRedis } from "#tests/support/relays/two-processes.ts"
import { startUpstash } from "#tests/support/relays/upstash-server.ts"

const redis = useRedis()

test("F47 a follower elsewhere gets an answer with a picture too large for Upstash in full, or no end", async () => {
  const upstash = await startUpstash(redis().url)
  onTestFinished(() => upstash.stop())
  const words = scripted("one PICTURE two", { held: true })
  const model = wrapLanguageModel({ model: words, middleware: drawing })
  const environment = { UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token }
  const { guest, services } = await freshService({ model, environment })
  const other = await buildServices(services.config, onlyModel(model))
  onTestFinished(() => other.close())
  const client = await guest()
  const first = await client.post("draw")
  await words.releaseUntil("one")
  await first.readUntil("one")

  globalThis.rejoinServices = Promise.resolve(other)
  const follower = await client.follow()
  await follower.readUntil("one")
  await words.releaseUntil("PICTURE")
  await follower.readAll()
  expect(follower.events.some(({ chunk }) => chunk.type === "file" || chunk.type === "finish")).toBe(false)

  const again = await client.follow(`&after=${follower.events.findLast(({ id }) => id)?.id}`)
  words.release()
  expect(await again.readAll()).toBe(await first.readAll())
  expect(again.text()).toBe("one  two")
  expect(again.events.filter(({ chunk }) => chunk.type === "file")).toHaveLength(1)
  expect(again.events.at(-1)?.chunk.type).toBe("finish")
  // An ended stream is released, and the store stays available to others.
  await expect.poll(() => services.chat.relay.report()?.streams).toEqual([])
  expect([services.store.isReachable, other.store.isReachable]).toEqual([true, true])
})

/** Replaces the word by a picture of 2 MB. */
const drawing: LanguageModelMiddleware = {
  async wrapStream({ doStream }) {
    const { stream, ...rest } = await doStream()
    const draw = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
      transform(part, controller) {
        if (part.type !== "text-delta" || !part.delta.includes("PICTURE")) return controller.enqueue(part)
        const data = { type: "data" as const, data: "A".repeat(2_000_000) }
        controller.enqueue({ type: "file", mediaType: "image/png", data })
        controller.enqueue({ ...part, delta: part.delta.replace("PICTURE", "") })
      },
    })
    return { stream: stream.pipeThrough(draw), ...rest }
  },
}
