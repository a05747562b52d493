/** Pages of a server with `CHAT_TRANSPORT=websocket`. */
import { type AddressInfo, connect, createServer } from "node:net"
import type { Page } from "@playwright/test"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { textOf } from "#tests/support/text-of.ts"
import { expectGrowth, noteShownWords, shownWordsIn } from "../support/shown-words.ts"
import { requestsOn, watchTraffic } from "../support/socket-frames.ts"
import { answerIn, answerText, ask, expect, knownText, storedMessages, test, writeUntil } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.hold()
})

async function expectWhole(page: Page): Promise<void> {
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("message-assistant")).toHaveCount(1)
  expect(textOf((await storedMessages(page)).at(-1))).toBe(knownText)
}

test("one socket carries two chats of a tab, a reload resumes over another, and a second tab has its own", async ({
  browser,
  overSocket,
  model,
}) => {
  const context = await browser.newContext({ baseURL: overSocket.url })
  const page = await context.newPage()
  const seen = watchTraffic(page)
  await page.goto("/agent/assistant")
  await ask(page, "The first of two")
  await writeUntil(model, page, "word3")
  const first = page.url()
  await page.getByTestId("new-chat").click()
  await expect(page.getByTestId("message-user")).toHaveCount(0)
  await ask(page, "The second of two")
  await writeUntil(model, page, "word6")
  await page.getByTestId("chat-list-item").filter({ hasText: "The first of two" }).click()
  await expect(page).toHaveURL(first)
  await expect(answerIn(page)).toContainText("word3")
  await writeUntil(model, page, "word9")
  expect(seen.sockets).toHaveLength(1)
  expect(requestsOn(seen.sockets[0]).map(({ type }) => type)).toEqual(["send", "send", "resume"])

  await page.reload()
  const second = await context.newPage()
  const seenSecond = watchTraffic(second)
  await second.goto(first)
  for (const tab of [page, second]) await expect(answerIn(tab)).toContainText("word9")
  await expect(page.getByText("Reconnected – continuing stream…")).toBeVisible()
  model.release()
  for (const tab of [page, second]) await expectWhole(tab)
  const ways = [seen.sockets[1], seenSecond.sockets[0]].map((frames) => requestsOn(frames).map(({ type }) => type))
  expect(ways).toEqual([["resume"], ["resume"]])
  expect([...seen.answersOverHttp, ...seenSecond.answersOverHttp]).toEqual([])
  await context.close()
})

test("F59 a connection lost mid-answer is repaired over another socket, and a stop reaches every tab", async ({
  browser,
  overSocket,
  model,
}) => {
  const proxy = await startFaultProxy({ port: Number(new URL(overSocket.url).port) })
  const context = await browser.newContext({ baseURL: proxy.through(overSocket.url) })
  const page = await context.newPage()
  const seen = watchTraffic(page)
  await page.addInitScript(noteShownWords)
  await page.goto("/agent/assistant")
  await ask(page, "Through a tunnel")
  await writeUntil(model, page, "word5")
  proxy.reset()
  model.release(3)
  await expect.poll(() => requestsOn(seen.sockets[1]).map(({ type }) => type)).toEqual(["resume"])
  await writeUntil(model, page, "word12")
  expectGrowth(await shownWordsIn(page))
  expect(requestsOn(seen.sockets[0]).map(({ type }) => type)).toEqual(["send"])
  expect(seen.answersOverHttp).toEqual([])

  const second = await context.newPage()
  await second.goto(page.url())
  await expect(answerIn(second)).toContainText("word12")
  await second.getByTestId("stop").click()
  for (const tab of [page, second]) await expect(answerIn(tab)).toHaveAttribute("data-status", "stopped")
  expect(await answerText(page)).toBe(await answerText(second))
  await context.close()
  await proxy.close()
})

test("F59 behind a proxy that refuses handshakes the page works over HTTP, and shows no error", async ({
  browser,
  overSocket,
  model,
}) => {
  const proxy = await refusingHandshakes(Number(new URL(overSocket.url).port))
  const context = await browser.newContext({ baseURL: proxy.url })
  const page = await context.newPage()
  const seen = watchTraffic(page)
  await page.addInitScript(noteShownWords)
  await page.goto("/agent/assistant")
  await ask(page, "Without sockets")
  await writeUntil(model, page, "word5")
  await page.reload()
  await expect(answerIn(page)).toContainText("word5")
  model.release()
  await expectWhole(page)
  expectGrowth(await shownWordsIn(page))
  await expect(page.getByTestId("problem")).toHaveCount(0)
  expect(proxy.refused()).toBe(2)
  expect(seen.answersOverHttp).toEqual(["POST", "GET"])
  await context.close()
  proxy.close()
})

/** A proxy that answers each WebSocket handshake with 426, and passes everything else on. */
async function refusingHandshakes(port: number) {
  let refused = 0
  const server = createServer((client) => {
    client.on("error", () => client.destroy())
    client.once("data", (head) => {
      if (/^upgrade: websocket/im.test(head.toString("latin1"))) {
        refused += 1
        return void client.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
      }
      const upstream = connect(port, "127.0.0.1").on("error", () => client.destroy())
      upstream.write(head)
      client.pipe(upstream).pipe(client)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address() as AddressInfo // it listens on TCP
  return { url: `http://127.0.0.1:${address.port}`, refused: () => refused, close: () => void server.close() }
}
