// @vitest-environment jsdom
import { act } from "react"
import { beforeEach, describe, expect, test } from "vitest"
import { ModelPicker } from "#components/composer/model-picker.tsx"
import { dropAllChoices } from "#hooks/composer/model-choices.ts"
import { useModelChoice } from "#hooks/composer/use-model-choice.ts"
import type { ChatMessage, PublicModel } from "#lib/chat-protocol.ts"
import { byTestId, mount, mountGrowing } from "#tests/components/mount.ts"

const models = ["first", "second", "third"].map((id) => ({ id, name: `Model ${id}` }))

beforeEach(() => localStorage.clear())

test("a new chat begins with the server's model, later with the last chosen one", async () => {
  const container = await mount(<Chat messages={[]} />)
  expect(chosenIn(container)).toBe("first")
  expect(byTestId(container, "model-picker").getAttribute("aria-label")).toBe("Model")
  choose(container, "third")
  expect(chosenIn(container)).toBe("third")
  expect(chosenIn(await mount(<Chat messages={[]} />))).toBe("third")
})

test("a chat continues with the model of its last answer, whatever was chosen elsewhere", async () => {
  localStorage.setItem("rejoin:model", "third")
  const container = await mount(<Chat messages={[answer("first"), answer("second"), question]} />)
  expect(chosenIn(container)).toBe("second")
  choose(container, "first")
  expect(chosenIn(container)).toBe("first")
})

test("a model that is no longer offered is not requested", async () => {
  localStorage.setItem("rejoin:model", "gone")
  expect(chosenIn(await mount(<Chat messages={[answer("gone")]} />))).toBe("first")
  localStorage.setItem("rejoin:model", "second")
  expect(chosenIn(await mount(<Chat messages={[answer("gone")]} />))).toBe("second")
})

test("a single model is named, and there is nothing to choose", async () => {
  const container = await mount(<ModelPicker models={models.slice(0, 1)} modelId="first" onChoose={() => undefined} />)
  expect(container.textContent).toBe("Model first")
  expect(container.querySelector("select, button")).toBeNull()
})

describe("U11 a chosen model that has not answered yet", () => {
  test("is restored after a reload, in its own chat only", async () => {
    const messages = [question, answer("second")]
    choose(await mount(<Chat chatId="a" messages={messages} />), "third")
    expect(chosenIn(await mount(<Chat chatId="a" messages={messages} />))).toBe("third")
    expect(chosenIn(await mount(<Chat chatId="b" messages={messages} />))).toBe("second")
  })

  test("is restored for a new chat whatever is chosen elsewhere meanwhile, and stays with it", async () => {
    const begun = await mountGrowing((chatId) => <Chat chatId={chatId || undefined} messages={[]} />)
    await begun.grow("")
    choose(begun.container, "third")
    choose(await mount(<Chat chatId="b" messages={[question, answer("second")]} />), "first")
    expect(chosenIn(await mount(<Chat messages={[]} />))).toBe("third")
    expect(chosenIn(await mount(<Chat agent="pirate" messages={[]} />)), "of another agent").toBe("first")
    await begun.grow("c")
    expect(chosenIn(await mount(<Chat chatId="c" messages={[question]} />))).toBe("third")
    expect(chosenIn(await mount(<Chat messages={[]} />)), "the next new chat").toBe("first")
  })

  test("counts until an answer reports its own model, even one from another device", async () => {
    const before = [question, answer("second")]
    choose(await mount(<Chat chatId="a" messages={before} />), "third")
    expect(chosenIn(await mount(<Chat chatId="a" messages={[...before, question, answer("first")]} />))).toBe("first")
  })

  test("is kept if chosen after an answer of this page, and dropped once used", async () => {
    const before = [question, answer("second")]
    const { container, grow } = await mountGrowing((models) => (
      <Chat chatId="a" messages={models.split(" ").flatMap((model) => [question, answer(model)])} />
    ))
    await grow("second")
    await grow("second first")
    choose(container, "third")
    expect(chosenIn(await mount(<Chat chatId="a" messages={[...before, question, answer("first")]} />))).toBe("third")
    await grow("second first third")
    expect(Object.keys(localStorage)).toEqual(["rejoin:model"])
  })

  test("belongs to one user, and is removed at sign-out", async () => {
    choose(await mount(<Chat chatId="a" owner="ada@example.com" messages={[]} />), "third")
    localStorage.removeItem("rejoin:model")
    expect(chosenIn(await mount(<Chat chatId="a" owner="bob@example.com" messages={[]} />))).toBe("first")
    expect(chosenIn(await mount(<Chat chatId="a" owner="ada@example.com" messages={[]} />))).toBe("third")
    dropAllChoices()
    expect(chosenIn(await mount(<Chat chatId="a" owner="ada@example.com" messages={[]} />))).toBe("first")
    expect(localStorage).toHaveLength(0)
  })

  test("falls back to the default if it is no longer offered, and a quiet note says so until it has answered", async () => {
    choose(await mount(<Chat chatId="a" messages={[]} />), "third")
    const fewer = models.slice(0, 2)
    const container = await mount(<Chat chatId="a" models={fewer} messages={[]} />)
    expect(chosenIn(container)).toBe("first")
    const note = byTestId(container, "model-gone")
    expect(note.textContent).toBe("The model of this chat is no longer available.")
    expect(note.getAttribute("role")).toBe("status")
    choose(container, "second")
    expect(container.querySelector("[data-testid=model-gone]")).toBeNull()
    const only = await mount(<Chat chatId="b" models={fewer.slice(0, 1)} messages={[question, answer("third")]} />)
    expect(only.textContent).toContain("Model firstThe model of this chat is no longer available.")
    expect((await mount(<Chat chatId="c" messages={[]} />)).querySelector("[data-testid=model-gone]")).toBeNull()
  })
})

interface ChatProps {
  messages: ChatMessage[]
  chatId?: string | undefined
  agent?: string
  owner?: string
  models?: PublicModel[]
}

function Chat({ messages, chatId, agent = "assistant", owner, models: offered = models }: ChatProps) {
  const place = { chatId, agent, owner }
  const choice = useModelChoice({ models: offered, defaultId: "first", messages, place })
  return <ModelPicker models={offered} {...choice} onChoose={choice.choose} />
}

const question: ChatMessage = { id: "q", role: "user", parts: [], metadata: { status: "COMPLETE" } }

function answer(model: string): ChatMessage {
  return { id: model, role: "assistant", parts: [], metadata: { status: "COMPLETE", model } }
}

function chosenIn(container: HTMLElement): string {
  return byTestId<HTMLSelectElement>(container, "model-picker").value
}

function choose(container: HTMLElement, id: string): void {
  const select = byTestId<HTMLSelectElement>(container, "model-picker")
  act(() => {
    select.value = id
    select.dispatchEvent(new Event("change", { bubbles: true }))
  })
}
