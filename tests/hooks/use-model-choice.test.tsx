// @vitest-environment jsdom
import { act } from "react"
import { beforeEach, expect, test } from "vitest"
import { ModelPicker } from "#components/composer/model-picker.tsx"
import { useModelChoice } from "#hooks/use-model-choice.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { byTestId, mount } from "#tests/components/mount.ts"

const models = ["first", "second", "third"].map((id) => ({ id, name: `Model ${id}` }))

beforeEach(() => localStorage.clear())

test("a new chat begins with the server's model, and then with what was chosen last", async () => {
  const container = await mount(<Chat messages={[]} />)
  expect(chosenIn(container)).toBe("first")
  expect(byTestId(container, "model-picker").getAttribute("aria-label")).toBe("Model that answers")
  choose(container, "third")
  expect(chosenIn(container)).toBe("third")
  expect(chosenIn(await mount(<Chat messages={[]} />))).toBe("third")
})

test("a chat goes on with the model that answered in it last, whatever was chosen elsewhere", async () => {
  localStorage.setItem("rejoin:model", "third")
  const container = await mount(<Chat messages={[answer("first"), answer("second"), question]} />)
  expect(chosenIn(container)).toBe("second")
  choose(container, "first")
  expect(chosenIn(container)).toBe("first")
})

test("what is not on offer any more is not asked for", async () => {
  localStorage.setItem("rejoin:model", "gone")
  expect(chosenIn(await mount(<Chat messages={[answer("gone")]} />))).toBe("first")
  localStorage.setItem("rejoin:model", "second")
  expect(chosenIn(await mount(<Chat messages={[answer("gone")]} />))).toBe("second")
})

test("where there is one model only, it is named, and there is nothing to choose", async () => {
  const container = await mount(<ModelPicker models={models.slice(0, 1)} modelId="first" onChoose={() => undefined} />)
  expect(container.textContent).toBe("Model first")
  expect(container.querySelector("select, button")).toBeNull()
})

function Chat({ messages }: { messages: ChatMessage[] }) {
  const { modelId, choose } = useModelChoice({ models, defaultId: "first", messages })
  return <ModelPicker models={models} modelId={modelId} onChoose={choose} />
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
