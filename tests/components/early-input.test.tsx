// @vitest-environment jsdom
/** What the user enters before the page is hydrated counts afterwards. The composer's field is in composer.test.tsx. */
import { act } from "react"
import { expect, onTestFinished, test, vi } from "vitest"
import { ModelPicker } from "#components/composer/model-picker.tsx"
import { Sidebar } from "#components/sidebar/sidebar.tsx"
import { chooseTheme, chosenTheme } from "#components/sidebar/theme.ts"
import { SignInForm } from "#components/sign-in-form.tsx"
import { byTestId, find, hydrate } from "./mount.ts"

test("a search typed early is made", async () => {
  const requests: string[] = []
  vi.stubGlobal("fetch", async (address: string) => {
    requests.push(address)
    return Response.json({ chats: [] })
  })
  vi.useFakeTimers()
  const container = await hydrate(sidebar, (container) => {
    byTestId<HTMLInputElement>(container, "chat-search").value = "tea"
  })
  await act(() => vi.advanceTimersByTimeAsync(1_000))
  expect(requests).toEqual(["/api/chats?search=tea"])
  expect(container.textContent).toContain("No chat contains this text.")
  expect(byTestId<HTMLInputElement>(container, "chat-search").value).toBe("tea")
})

test("a model chosen early answers", async () => {
  const models = ["first", "second"].map((id) => ({ id, name: `Model ${id}` }))
  const onChoose = vi.fn()
  await hydrate(<ModelPicker models={models} modelId="first" onChoose={onChoose} />, (container) => {
    byTestId<HTMLSelectElement>(container, "model-picker").value = "second"
  })
  expect(onChoose).toHaveBeenCalledExactlyOnceWith("second")
})

test("a theme chosen early is applied and kept", async () => {
  onTestFinished(() => chooseTheme("system"))
  await hydrate(sidebar, (container) => find(container, "input[value=dark]").click())
  expect(chosenTheme()).toBe("dark")
  expect(document.documentElement.dataset["theme"]).toBe("dark")
})

test("a list of themes opened early shows the chosen one", async () => {
  onTestFinished(() => chooseTheme("system"))
  const container = await hydrate(sidebar, () => chooseTheme("dark"))
  expect(find<HTMLInputElement>(container, "input:checked").value).toBe("dark")
  expect(chosenTheme()).toBe("dark")
})

test("the sign-in form keeps what was typed early, and the browser cannot send it by itself, least of all in an address", async () => {
  const onSubmit = vi.fn(async () => undefined)
  const button = (container: HTMLElement) => find<HTMLButtonElement>(container, "button[type=submit]")
  const form = (
    <SignInForm mode="sign-in" onSubmit={onSubmit}>
      {null}
    </SignInForm>
  )
  const container = await hydrate(form, (container) => {
    expect(button(container).disabled).toBe(true)
    expect(find<HTMLFormElement>(container, "form").method).toBe("post")
    find<HTMLInputElement>(container, "[name=email]").value = "me@example.com"
    find<HTMLInputElement>(container, "[name=password]").value = "a secret"
  })
  await act(async () => button(container).click())
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ email: "me@example.com", password: "a secret" })
})

const sidebar = (
  <Sidebar
    chats={[]}
    older={undefined}
    currentChatId={undefined}
    agentSlug="assistant"
    user={undefined}
    onSignOut={() => undefined}
    onCurrentGone={() => undefined}
    onProblem={() => undefined}
  />
)
