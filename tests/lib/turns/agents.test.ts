import { describe, expect, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { ChatError, type ErrorCode } from "#lib/errors.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { findAgent, listAgents, modelFor, publicAgent } from "#lib/turns/agents.ts"

const refusedAs = (code: ErrorCode) => expect.toSatisfy((error) => error instanceof ChatError && error.code === code)

const none = { remoteAgents: new Map() }

describe("every agent", () => {
  test("the first is the assistant, and slugs are unique", () => {
    const slugs = listAgents(none).map((agent) => agent.slug)
    expect(slugs[0]).toBe("assistant")
    expect(new Set(slugs).size).toBe(slugs.length)
    expect(slugs.length).toBeGreaterThanOrEqual(3)
  })

  test.for(listAgents(none))("$slug can be found, shown and asked", (agent) => {
    expect(findAgent(agent.slug, none)).toBe(agent)
    expect(agent.slug).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(agent.description).toMatch(/^[^\n]+\.$/)
    expect(new Set(agent.startingPrompts).size).toBe(4)
    expect(agent.instructions).not.toBe("")
    expect(Object.keys(agent.tools)).not.toHaveLength(0)
  })

  test.for(listAgents(none))("$slug does not reveal instructions, tools or model to the browser", (agent) => {
    const shown = publicAgent({ ...agent, preferredModelId: "secret-model" })
    expect(Object.keys(shown).sort()).toEqual(["description", "name", "slug", "startingPrompts"])
    expect(structuredClone(shown)).toEqual(shown)
  })
})

test.for([
  "",
  "Assistant",
  "assistant ",
  "nobody",
  "__proto__",
  "constructor",
  "../assistant",
  "assistant/..",
  "a%2Fb",
  "as\0sistant",
  "0",
])("an agent called %j is not found", (slug) => {
  expect(() => findAgent(slug, none)).toThrow(refusedAs("agent_not_found"))
})

describe("the model of an agent's answer", () => {
  const registry = modelRegistry(
    loadConfig({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1", CHAT_MODELS: "first,second,third" }).models,
  )
  const agent = { ...findAgent("coder", none), preferredModelId: "second" }

  test("is the one chosen by the user", () => {
    expect(modelFor(agent, registry, "third").id).toBe("third")
  })

  test("is otherwise the one preferred by the agent", () => {
    expect(modelFor(agent, registry).id).toBe("second")
  })

  test("is the default if the preferred one is not offered", () => {
    expect(modelFor({ ...agent, preferredModelId: "gone" }, registry).id).toBe("first")
    expect(modelFor(findAgent("coder", none), registry).id).toBe("first")
  })

  test("is never one that is not offered", () => {
    expect(() => modelFor(agent, registry, "gone")).toThrow(refusedAs("model_not_allowed"))
  })
})
