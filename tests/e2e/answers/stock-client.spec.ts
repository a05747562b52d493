import { randomUUID } from "node:crypto"
import { Chat } from "@ai-sdk/react"
import { DefaultChatTransport, type UIMessage } from "ai"
import { expect, knownText, test } from "../support/world.ts"

/** A browser's fetch in a few lines: relative addresses and cookies. */
function browserFetch(baseURL: string): typeof fetch {
  const cookies = new Map<string, string>()
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "))
    const response = await fetch(new URL(String(input), baseURL), { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";")
      cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1))
    }
    return response
  }
}

function textIn(message: UIMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}

test("a stock client configured with only the address resumes a running answer", async ({ model, app }) => {
  model.answerWith(knownText)
  model.hold()
  const browser = browserFetch(app.url)
  await browser("/api/auth/sign-in/anonymous", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  })
  const id = randomUUID()
  const open = (messages: UIMessage[] = []) =>
    new Chat({ id, messages, transport: new DefaultChatTransport({ api: "/api/chat", fetch: browser }) })

  const fresh = open()
  await fresh.resumeStream()
  expect(fresh.status).toBe("ready")

  const first = open()
  void first.sendMessage({ text: "hello" })
  model.release(5)
  await expect.poll(() => textIn(first.lastMessage)).toContain("word5")

  const second = open(first.messages.slice(0, 1))
  const resumed = second.resumeStream()
  await expect.poll(() => textIn(second.lastMessage)).toContain("word5")
  model.release()
  await resumed
  expect(second.status).toBe("ready")
  expect(textIn(second.lastMessage)).toBe(knownText)
  expect(second.lastMessage?.id).toBe(first.lastMessage?.id)
  await expect.poll(() => first.status).toBe("ready")
  expect(second.messages).toHaveLength(2)
})
