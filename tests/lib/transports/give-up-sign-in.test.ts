import { expect, onTestFinished, test, vi } from "vitest"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { question } from "./transport-to.ts"

test("F54 a first message that waits for a session can be given up, though no network ever comes", async () => {
  const asked = vi.fn()
  vi.stubGlobal("fetch", async (address: string) => {
    asked(address)
    throw new TypeError("Failed to fetch")
  })
  onTestFinished(() => void vi.unstubAllGlobals())
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
  await vi.waitUntil(() => states.includes("reconnecting"), { timeout: 15_000 })
  givingUp.abort()
  await expect(sending).rejects.toBe(givingUp.signal.reason)
  expect(states.at(-1)).toBe("idle")
  expect(asked).not.toHaveBeenCalledWith("/api/chat")
})
