import { act, type ComponentProps } from "react"
import { beforeEach, vi } from "vitest"
import { Sidebar } from "#components/sidebar/sidebar.tsx"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { byTestId, mountGrowing } from "../mount.ts"

interface SidebarServer {
  /** what was asked of it, in order */
  requests: string[]
  answer(request: string): Response | Promise<Response>
  chats: ChatSummary[]
}

/** Gives each test a server with two chats, Tea and Coffee, and a clock that it moves by `wait`. */
export function useSidebarServer(): SidebarServer {
  const server: SidebarServer = { requests: [], answer: () => Response.json({}), chats: [] }
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal("fetch", async (address: string, init: RequestInit = {}) => {
      const request = [init.method ?? "GET", address, init.body].filter(Boolean).join(" ")
      server.requests.push(request)
      init.signal?.throwIfAborted()
      return server.answer(request)
    })
    const chats = ["Tea", "Coffee"].map((title) => ({
      // Changes to a chat are remembered for as long as the page lives, so each test has its own chats.
      id: crypto.randomUUID(),
      agent: "assistant",
      title,
      updatedAt: "2026-11-21T05:00:00.000Z",
      isRunning: false,
    }))
    Object.assign(server, { requests: [], answer: () => Response.json({}), chats })
  })
  return server
}

interface SidebarOptions {
  currentChatId?: string | undefined
  older?: ComponentProps<typeof Sidebar>["older"]
}

export async function mountSidebar(server: SidebarServer, options: SidebarOptions = {}) {
  const onProblem = vi.fn()
  const onCurrentGone = vi.fn()
  let { currentChatId, older } = options
  const { container, grow } = await mountGrowing(() => (
    <Sidebar
      chats={server.chats}
      older={older}
      currentChatId={currentChatId}
      agentSlug="assistant"
      user={undefined}
      onSignOut={vi.fn()}
      onCurrentGone={onCurrentGone}
      onProblem={onProblem}
    />
  ))
  await grow("")
  const show = (next: SidebarOptions) => {
    ;({ currentChatId, older } = next)
    return grow("")
  }
  return { container, onProblem, onCurrentGone, show }
}

export function rename(container: HTMLElement): HTMLInputElement {
  act(() => byText(container, "Rename").click())
  return byTestId<HTMLInputElement>(container, "title-input")
}

export function titles(container: HTMLElement): (string | null)[] {
  return [...container.querySelectorAll("[data-testid=chat-list-item]")].map((link) => link.textContent)
}

/** Returns the first chat's. */
export function byText(container: HTMLElement, text: string): HTMLElement {
  const button = [...container.querySelectorAll("button")].find(({ textContent }) => textContent === text)
  if (!button) throw new Error(`There is no button ${text}`)
  return button
}

export async function wait(ms: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms))
}

export function type(input: HTMLInputElement, text: string): void {
  // React notices a new value only if its own setter is bypassed.
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set
  act(() => {
    setValue?.call(input, text)
    input.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

export async function press(input: HTMLElement, key: KeyboardEventInit): Promise<void> {
  await act(
    async () => void input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })),
  )
}
