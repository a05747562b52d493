import { describe, expect, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { modelRegistry } from "#lib/models/registry.ts"

function registryFor(environment: Record<string, string>) {
  return modelRegistry(loadConfig(environment).models)
}

const local = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", CHAT_MODELS: "llama3.2, qwen3, llama3.2" }

describe("offered models", () => {
  test("the demo model, with nothing configured", () => {
    const registry = registryFor({})
    expect(registry.list()).toEqual([{ id: "scripted", name: "Demo model" }])
    expect(registry.get()).toMatchObject({ id: "scripted", model: { modelId: "scripted" } })
  })

  test("a server's listed models, each once; the first is the default", () => {
    const registry = registryFor(local)
    expect(registry.list().map(({ id }) => id)).toEqual(["llama3.2", "qwen3"])
    expect(registry.get()).toMatchObject({ id: "llama3.2", model: { modelId: "llama3.2" } })
    expect(registry.get("qwen3").model.provider).toBe("openai-compatible.chat")
  })

  test("the gateway's models, with a gateway key", () => {
    const registry = registryFor({ AI_GATEWAY_API_KEY: "key", CHAT_MODELS: "openai/gpt-5,anthropic/claude-sonnet-4.5" })
    expect(registry.get("openai/gpt-5").model).toMatchObject({ provider: "gateway", modelId: "openai/gpt-5" })
  })

  test("the demo model, with models listed but no server for them", () => {
    expect(
      registryFor({ CHAT_MODELS: "gpt-5" })
        .list()
        .map(({ id }) => id),
    ).toEqual(["scripted"])
  })

  test("one instance per model", () => {
    const registry = registryFor(local)
    expect(registry.get("qwen3").model).toBe(registry.get("qwen3").model)
  })
})

describe("a model that is not offered is refused", () => {
  test.for(["gpt-5", "", "LLAMA3.2", "scripted", "__proto__", "constructor", "toString", "../llama3.2", "llama3.2\0"])(
    "%j",
    (id) => {
      expect(() => registryFor(local).get(id)).toThrow(
        expect.toSatisfy((error) => error instanceof ChatError && error.code === "model_not_allowed"),
      )
    },
  )

  test("changing a returned list does not change the registry", () => {
    const registry = registryFor(local)
    registry.list().push({ id: "gpt-5", name: "gpt-5" })
    expect(registry.list()).toHaveLength(2)
  })
})
