import { expect, test } from "vitest"
import { StreamReset } from "#lib/transports/chat-problem.ts"
import { after, answer, breaks, continued, ends, events, read, staysOpen, transportTo } from "./transport-to.ts"

test("F33 a hidden tab holds no connection, and resumes at its position when it is shown", async () => {
  const { send, requests, states, tab, open, reconnections } = await transportTo(
    events(1, 3, {}, staysOpen),
    events(4, 6, continued, ends),
  )
  const { rest } = await after(3, await send())
  await open(1)
  tab.hide()
  await open(0)
  expect(requests).toHaveLength(1)
  tab.show()
  expect(await rest).toEqual(answer.slice(3))
  expect(requests[1]).toBe("GET /api/chat?chatId=chat&after=1-3")
  // The connection was closed on purpose: nothing was lost, and nothing is reported.
  expect(states).toEqual(["live", "live", "idle"])
  expect(reconnections()).toBe(0)
})

test("F33 a tab hidden before its first word disconnects as soon as it can resume", async () => {
  const { send, tab, open, asked } = await transportTo(events(1, 1, {}, staysOpen), events(2, 6, continued, ends))
  tab.hide()
  const all = read(await send())
  await asked(1)
  await open(0)
  tab.show()
  expect(await all).toEqual(answer)
})

test("F33 a hidden tab whose connection breaks opens no other until it is shown", async () => {
  const { send, tab, requests, open } = await transportTo(events(1, 3, {}, breaks), events(4, 6, continued, ends))
  tab.hide()
  const all = read(await send())
  await open(0)
  expect(requests).toHaveLength(1)
  tab.show()
  expect(await all).toEqual(answer)
})

test("F33 a stream that cannot be resumed after the tab was hidden is reset", async () => {
  const { send, tab, open, asked } = await transportTo(
    events(1, 3, {}, staysOpen),
    events(1, 6, { "x-resume": "stored" }, ends),
  )
  tab.hide()
  const all = read(await send())
  all.catch(() => undefined)
  await asked(1)
  await open(0)
  tab.show()
  await expect(all).rejects.toBeInstanceOf(StreamReset)
})

test("F13 a stream that cannot be followed elsewhere is not let go", async () => {
  let finish = () => undefined as unknown
  const { send, tab, requests } = await transportTo(
    events(1, 3, { "x-resume": "off" }, (response) => {
      finish = () => events(4, 6, {}, ends)(Object.assign(response, { writeHead: () => response }), response.req)
    }),
  )
  const { rest } = await after(3, await send())
  tab.hide()
  tab.online()
  finish()
  expect(await rest).toEqual(answer.slice(3))
  expect(requests).toHaveLength(1)
})

test("F54 a returning network causes a new connection, because the old one died without a sign", async () => {
  const { send, tab, open, states } = await transportTo(events(1, 3, {}, staysOpen), events(4, 6, continued, ends))
  const { rest } = await after(3, await send())
  tab.online()
  expect(await rest).toEqual(answer.slice(3))
  expect(states).toEqual(["live", "reconnecting", "live", "idle"])
  await open(0)
})
