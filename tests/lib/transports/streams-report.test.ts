// @vitest-environment jsdom
import { expect, test, vi } from "vitest"
import { followStreamsReport } from "#lib/transports/streams-report.ts"

const report = { process: { id: "p1" }, history: [], streams: [] }

test.each(["", "{", "null", "[]", "{}", '{"process":null,"history":[]}', '{"process":{},"history":{}}'])(
  "a report that cannot be drawn is skipped, and the next one counts: %s",
  (broken) => {
    const { source, onReport, connections } = follow()
    source().say(broken)
    expect(onReport).not.toHaveBeenCalled()
    source().say(JSON.stringify(report))
    expect(onReport).toHaveBeenCalledExactlyOnceWith(report)
    expect(connections).toEqual(["live"])
  },
)

test("a closed connection is made again, unless our own server refuses it", async () => {
  vi.useFakeTimers()
  const answers = [new Response("<h1>Back soon</h1>", { status: 502 }), refusal()]
  vi.stubGlobal("fetch", async () => answers.shift())
  const { source, opened, connections } = follow()
  source().fail()
  await vi.advanceTimersByTimeAsync(3_000)
  expect([opened(), connections]).toEqual([2, ["connecting"]])
  source().fail()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([opened(), connections.at(-1)]).toEqual([2, "refused"])
})

test("a page that is left neither reconnects nor reports", async () => {
  vi.useFakeTimers()
  vi.stubGlobal("fetch", async () => refusal())
  const { source, opened, connections, end } = follow()
  source().fail()
  end()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([opened(), connections]).toEqual([1, ["connecting"]])
})

const refusal = () => Response.json({ error: { code: "not_found", message: "No." } }, { status: 404 })

/** The network is replaced: jsdom has no EventSource. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static readonly opened: FakeSource[] = []
  readyState = 1

  constructor() {
    super()
    FakeSource.opened.push(this)
  }

  say(data: string): void {
    this.dispatchEvent(new MessageEvent("report", { data }))
  }

  fail(): void {
    this.readyState = FakeSource.CLOSED
    this.dispatchEvent(new Event("error"))
  }

  close(): void {
    this.readyState = FakeSource.CLOSED
  }
}

function follow() {
  FakeSource.opened.length = 0
  vi.stubGlobal("EventSource", FakeSource)
  const onReport = vi.fn()
  const connections: string[] = []
  const end = followStreamsReport({ onReport, onConnectionChange: (connection) => connections.push(connection) })
  const source = () => {
    const last = FakeSource.opened.at(-1)
    if (!last) throw new Error("nothing was opened")
    return last
  }
  return { source, opened: () => FakeSource.opened.length, onReport, connections, end }
}
