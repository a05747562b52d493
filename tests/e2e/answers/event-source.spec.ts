import { codeInReadme } from "#tests/docs/code-blocks.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { expect, knownText, test } from "../support/world.ts"

interface NotedSource {
  /** the id and data of every event without a name */
  seen: [id: string, data: string][]
  opened: number
  isClosed: boolean
}

/** Notes what each EventSource of the page sees, before the page does. */
const noteSources = `
  window.sources = []
  window.EventSource = class extends EventSource {
    constructor(address) {
      super(address)
      const noted = { seen: [], opened: 0, get isClosed() { return source.readyState === EventSource.CLOSED } }
      const source = this
      source.addEventListener("open", () => noted.opened++)
      source.addEventListener("message", ({ lastEventId, data }) => noted.seen.push([lastEventId, data]))
      window.sources.push(noted)
    }
  }
`

test("an EventSource returns after a cut with its position, gets every event once, and gives up after the end", async ({
  page,
  app,
  model,
}) => {
  model.answerWith(knownText)
  model.hold()
  const proxy = await startFaultProxy({ port: Number(new URL(app.url).port) })
  await page.addInitScript(noteSources)
  await page.goto(`${proxy.through(app.url)}/sign-in`)
  const replies: number[] = []
  page.on("response", (response) => {
    if (response.url().includes("/api/chat?chatId=")) replies.push(response.status())
  })
  // The README's page closes its EventSource after the end; a second one is left alone.
  await page.evaluate(`(async () => {
    ${codeInReadme("Without a library", "js")}
    window.answerText = () => text
    window.address = answer.url
    new EventSource(answer.url)
  })()`)
  const noted = () => page.evaluate<NotedSource[]>("window.sources")
  const textsSeen = async () => (await noted()).map(textIn)

  model.release(10)
  await expect.poll(textsSeen).toEqual([expect.stringContaining("word10"), expect.stringContaining("word10")])
  proxy.reset()
  model.release(10)
  await expect.poll(textsSeen).toEqual([expect.stringContaining("word20"), expect.stringContaining("word20")])
  expect((await noted()).map(({ opened }) => opened)).toEqual([2, 2])
  model.release()
  await expect.poll(async () => (await noted()).map(({ isClosed }) => isClosed)).toEqual([true, true])

  expect(await page.evaluate("window.answerText()")).toBe(knownText)
  for (const source of await noted()) {
    expect(textIn(source)).toBe(knownText)
    const ids = source.seen.filter(([, data]) => data !== "[DONE]").map(([id]) => Number(id.replace(/^1-/, "")))
    expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other))
    expect(source.seen.filter(([, data]) => data === "[DONE]")).toHaveLength(1)
  }
  // Both followed twice. The one that was left alone asked a third time, with the last event's id.
  expect(replies).toEqual([200, 200, 200, 200, 204])

  // A stored answer has no ids: an EventSource that is not closed at `[DONE]` gets all of it again.
  await page.evaluate("window.late = new EventSource(window.address)")
  const doneSeen = async () => (await noted()).at(-1)?.seen.filter(([, data]) => data === "[DONE]").length
  await expect.poll(doneSeen).toBe(2)
  await page.evaluate("window.late.close()")
  await proxy.close()
})

function textIn({ seen }: NotedSource): string {
  const chunks = seen.filter(([, data]) => data !== "[DONE]").map(([, data]) => JSON.parse(data))
  return chunks.map(({ type, delta }) => (type === "text-delta" ? delta : "")).join("")
}
