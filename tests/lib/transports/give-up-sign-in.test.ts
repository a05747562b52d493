import { expect, onTestFinished, test, vi } from "vitest"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { signInAsGuest } from "#lib/transports/sign-in-as-guest.ts"
import { hangMs } from "#tests/support/within.ts"
import { question } from "./transport-to.ts"

test("F54 a first message waiting for a session can be given up, even if the network never returns", async () => {
  const asked = vi.fn()
  let isAway = true
  vi.stubGlobal("fetch", async (address: string) => {
    asked(address)
    if (isAway) throw new TypeError("Failed to fetch")
    return Response.json({ user: {} })
  })
  onTestFinished(async () => {
    // The sign-in goes on for other callers: it must not reach the next test.
    isAway = false
    await signInAsGuest()
  })
  const states: string[] = []
  const transport = new ResilientChatTransport({
    agent: "assistant",
    isSignedIn: false,
    onConnectionChange: (state) => states.push(state),
  })
  const givingUp = new AbortController()
  const sending = transport.sendMessages({
    trigger: "submit-message",
    chatId: "chat",
    messageId: undefined,
    messages: [question],
    abortSignal: givingUp.signal,
  })
  sending.catch(() => undefined)
  await vi.waitUntil(() => states.includes("reconnecting"), { timeout: hangMs })
  givingUp.abort()
  await expect(sending).rejects.toBe(givingUp.signal.reason)
  expect(states.at(-1)).toBe("idle")
  expect(asked).not.toHaveBeenCalledWith("/api/chat")
})
