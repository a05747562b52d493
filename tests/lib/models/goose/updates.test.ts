import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import fc from "fast-check"
import { expect, test } from "vitest"
import { approvalIdOf, permissionAnswer } from "#lib/models/goose/permissions.ts"
import { type AcpMessage, messageIn, permissionIn, updateIn } from "#lib/models/goose/shapes.ts"
import { type RunReader, runReader } from "#lib/models/goose/updates.ts"
import {
  calls,
  done,
  failed,
  prints,
  says,
  thinks,
  type Update,
  updates,
} from "#tests/support/goose/session-updates.ts"
import { shownOf, textsOf } from "#tests/support/goose/stream-parts.ts"

type Part = LanguageModelV4StreamPart

const sessionId = "20261130_1"

function message(update: unknown) {
  return received({ jsonrpc: "2.0", method: "session/update", params: { sessionId, update } })
}

function received(sent: object): AcpMessage {
  return messageIn(JSON.stringify(sent)) ?? expect.unreachable()
}

function read(reader: RunReader, updates: unknown[]): Part[] {
  return updates.flatMap((each) => {
    const update = updateIn(message(each), sessionId)
    return update ? reader.read(update) : []
  })
}

function partsOf(updates: Update[], reader = runReader("run")): Part[] {
  return [...reader.begin(), ...read(reader, updates), ...reader.end().parts]
}

test("texts and thoughts are parts of their own, and each of the provider's messages begins new ones", () => {
  const parts = partsOf([thinks("hm"), says("a"), says("b"), thinks("late"), says("c", "chatcmpl-2")])
  expect(
    shownOf(parts).map((part) => (part.type === "text" || part.type === "reasoning" ? [part.type, part.text] : [])),
  ).toEqual([
    ["reasoning", "hm"],
    ["text", "ab"],
    ["reasoning", "late"],
    ["text", "c"],
  ])
  expect(parts.flatMap((part) => (part.type.endsWith("-start") && "id" in part ? [part.id] : []))).toEqual([
    "run:reasoning:0",
    "run:text:0",
    "run:reasoning:1",
    "run:text:1",
  ])
})

test("a call has its name, its input and its result", () => {
  const parts = partsOf([says("look: "), calls("call_1"), done("call_1", { stdout: "a.txt", exit_code: 0 })])
  expect(shownOf(parts)[1]).toMatchObject({
    toolCallId: "run:1:call_1",
    toolName: "shell",
    input: { command: "ls" },
    state: "output-available",
    output: { stdout: "a.txt", exit_code: 0 },
  })
  expect(parts.find(({ type }) => type === "tool-call")).toMatchObject({ providerExecuted: true, dynamic: true })
})

test("a failed call shows the tool's words", () => {
  const [call] = shownOf(partsOf([calls("1"), failed("1", "Command exited with code 3")]))
  expect(call).toMatchObject({ state: "output-error", errorText: "Command exited with code 3" })
})

test("a call whose id comes again is another call", () => {
  const shown = shownOf(partsOf([calls("c"), done("c", "one"), calls("c"), done("c", "two")]))
  expect(shown.map((part) => ("output" in part ? [part.toolCallId, part.output] : []))).toEqual([
    ["run:1:c", "one"],
    ["run:2:c", "two"],
  ])
})

test("a result whose call was lost gets a call", () => {
  const [call] = shownOf(partsOf([updates("lost", { status: "completed", title: "ourtools: weather", rawOutput: 5 })]))
  expect(call).toMatchObject({ toolName: "ourtools: weather", output: 5 })
  expect(shownOf(partsOf([done("lost", 5)]))[0]).toMatchObject({ toolName: "unknown" })
})

test("live output comes at most four times a second, by its sequence, and bounded to its end", () => {
  let nowMs = 0
  const reader = runReader("run", [], () => nowMs)
  const outputs = (parts: Part[]) => parts.flatMap((part) => (part.type === "tool-result" ? [part.result] : []))
  expect(outputs(read(reader, [calls("1"), prints("1", 1, "a")]))).toEqual([{ stdout: "a", stderr: "" }])
  expect(outputs(read(reader, [prints("1", 2, "b"), prints("1", 2, "b"), prints("1", 3, "c")]))).toEqual([])
  expect(reader.dueInMs()).toBe(250)
  expect(reader.due()).toEqual([])
  nowMs = 250
  expect(outputs(reader.due())).toEqual([{ stdout: "abc", stderr: "" }])
  expect(reader.dueInMs()).toBeUndefined()
  nowMs = 1000
  const [long] = outputs(read(reader, [prints("1", 4, "x".repeat(20_000))]))
  expect(long).toEqual({ stdout: "x".repeat(8_000), stderr: "" })
  expect(outputs(read(reader, [done("1", "whole"), prints("1", 5, "late")]))).toEqual(["whole"])
})

test("a command that prints for an hour is shown ever more rarely, in all within a bound, and then its result", () => {
  let nowMs = 0
  const reader = runReader("run", [], () => nowMs)
  read(reader, [calls("1")])
  const pictures: { atMs: number; chars: number }[] = []
  for (let sequence = 1; nowMs < 3_600_000; sequence++, nowMs += 250)
    for (const part of read(reader, [prints("1", sequence, "x".repeat(8_000))]))
      pictures.push({ atMs: nowMs, chars: JSON.stringify(part).length })
  const pauses = pictures.slice(1).map(({ atMs }, index) => atMs - (pictures[index]?.atMs ?? 0))
  expect(pauses[0]).toBe(250)
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
  expect(pauses.at(-1)).toBe(5_000)
  expect(pictures.reduce((sum, { chars }) => sum + chars, 0)).toBeLessThan(2_100_000)
  expect(reader.dueInMs()).toBeUndefined()
  expect(read(reader, [done("1", "whole")])).toMatchObject([{ type: "tool-result", result: "whole" }])
})

test("a plan is a call of its own, and a new plan replaces it", () => {
  const plan = (...entries: object[]) => ({ sessionUpdate: "plan", entries })
  const shown = shownOf(
    partsOf([
      plan({ content: "read", status: "pending", priority: "high" }),
      plan({ content: "read", status: "completed" }),
    ]),
  )
  expect(shown).toHaveLength(1)
  expect(shown[0]).toMatchObject({ toolName: "plan", output: { entries: [{ content: "read", status: "completed" }] } })
})

test("what Goose reports of a failure is never shown, whole or in part", () => {
  const reader = runReader("run")
  const error = "Ran into this error: Server error at http://10.0.0.1/v1: secret.\n\nPlease retry"
  const parts = read(reader, [says("so far"), says(error, "msg_13e4581c-9d8f-4521-9053-14a89010ba54")])
  const { parts: rest, last } = reader.end()
  expect(textsOf([...parts, ...rest])).toEqual(["so far"])
  expect(last).toBe("failure")
})

test("a model may write the words of a failure itself", () => {
  const said = "Ran into this error: no such file"
  expect(textsOf(partsOf([says(said, "chatcmpl-1")]))).toEqual([said])
  // This provider sends no ids, so that Goose made one up; what comes last decides.
  const own = "msg_13e4581c-9d8f-4521-9053-14a89010ba54"
  expect(textsOf(partsOf([says(said, own), says(", so I made it", own)]))).toEqual([`${said}, so I made it`])
})

test("titles, commands and updates of a kind or a session that is not ours change nothing", () => {
  const parts = partsOf([
    { sessionUpdate: "session_info_update", title: "A title" },
    { sessionUpdate: "available_commands_update", availableCommands: [] },
    { sessionUpdate: "usage_update", used: 5, size: 10 },
    { sessionUpdate: "user_message_chunk", content: { type: "text", text: "Conversation cleared" } },
    { sessionUpdate: "brand_new" },
    says(""),
  ])
  expect(parts).toEqual([])
  expect(updateIn(message(says("x")), "another")).toBeUndefined()
})

test("a permission closes the text and asks about its call, made up if that was lost", () => {
  const request = received({
    id: "cd13",
    method: "session/request_permission",
    params: {
      sessionId,
      toolCall: { toolCallId: "call_1", title: "shell · echo hi", rawInput: { command: "echo hi" } },
      options: ["allow_always", "allow_once", "reject_once", "reject_always"].map((kind) => ({ optionId: kind, kind })),
    },
  })
  const permission = permissionIn(request, sessionId)
  if (!permission) throw new Error("it is a permission")
  const reader = runReader("run")
  const parts = [...read(reader, [says("may I")]), ...reader.ask(permission, approvalIdOf(permission, request))]
  expect(shownOf(parts)).toMatchObject([
    { text: "may I", state: "done" },
    { toolName: "shell", input: { command: "echo hi" }, state: "approval-requested", approval: { id: "cd13" } },
  ])
})

test("a permission is answered by kind, for this call only", () => {
  const request = (options: object[]) => ({ id: 7, method: "", params: { options } })
  const asked = { id: 7, call: { toolCallId: "1" } }
  const id = approvalIdOf(
    asked,
    request([
      { optionId: "a", kind: "allow_always" },
      { optionId: "b", kind: "reject_once" },
      { optionId: "c", kind: "allow_once" },
    ]),
  )
  expect(permissionAnswer(id, true)).toEqual({ id: 7, result: { outcome: { outcome: "selected", optionId: "c" } } })
  expect(permissionAnswer(id, false)).toEqual({ id: 7, result: { outcome: { outcome: "selected", optionId: "b" } } })
  const onlyAlways = approvalIdOf(asked, request([{ optionId: "a", kind: "allow_always" }]))
  expect(permissionAnswer(onlyAlways, true)).toEqual({ id: 7, result: { outcome: { outcome: "cancelled" } } })
  expect(permissionAnswer("cd13", undefined)).toEqual({ id: "cd13", result: { outcome: { outcome: "cancelled" } } })
})

test("the result of a call that the user declined is left out, in whichever process it arrives", () => {
  const parts = partsOf([calls("1")])
  const [call] = shownOf(
    [...parts, { type: "tool-approval-request", approvalId: "a", toolCallId: "run:1:1" }],
    [{ approvalId: "a", approved: false }],
  )
  if (!call) throw new Error("there is a call")
  expect(partsOf([failed("1", "The user has declined to run this tool.")], runReader("run", [call]))).toEqual([])
})

const story: Update[] = [
  thinks("let me see"),
  says("I "),
  says("look: "),
  calls("call_1"),
  calls("call_2"),
  prints("call_1", 1, "one\n"),
  prints("call_1", 2, "two\n"),
  done("call_1", { stdout: "one\ntwo" }),
  failed("call_2", "no"),
  thinks("so", "chatcmpl-2"),
  says("It ", "chatcmpl-2"),
  says("is ", "chatcmpl-2"),
  says("two.", "chatcmpl-2"),
]

test.each(story.map((_, index) => index))(
  "another process joins the run after update %i as if nothing had been",
  (cut) => {
    const first = runReader("run")
    const before = [...first.begin(), ...read(first, story.slice(0, cut))]
    const second = runReader("run", shownOf(before))
    const after = partsOf(story.slice(cut), second)
    expect(shownOf([...before, ...after])).toEqual(shownOf(partsOf(story)))
  },
)

const anyText = fc.oneof(fc.string(), fc.constantFrom("Ran into this error: x", "\u0000", "\ud83d", "/clear", ""))
const anyId = fc.constantFrom("chatcmpl-1", "chatcmpl-2", "msg_13e4581c-9d8f-4521-9053-14a89010ba54", "__proto__")
const hostile = fc.oneof(
  fc.record({
    sessionUpdate: fc.constantFrom("agent_message_chunk", "agent_thought_chunk"),
    content: fc.oneof(fc.record({ type: fc.constant("text"), text: anyText }), fc.anything()),
    messageId: fc.oneof(anyId, fc.anything()),
  }),
  fc.record(
    {
      sessionUpdate: fc.constantFrom("tool_call", "tool_call_update", "plan", "session_info_update", "usage_update"),
      toolCallId: fc.oneof(fc.constantFrom("1", "2", "plan", "__proto__"), fc.string({ maxLength: 300 })),
      title: fc.oneof(anyText, fc.anything()),
      rawInput: fc.jsonValue(),
      status: fc.oneof(fc.constantFrom("completed", "failed", "in_progress", "pending"), fc.anything()),
      content: fc.anything(),
      rawOutput: fc.jsonValue(),
      entries: fc.anything(),
      _meta: fc.oneof(
        fc.anything(),
        fc.record({
          toolNotification: fc.record({ type: fc.constant("live_output"), params: fc.anything() }),
          goose: fc.anything(),
        }),
      ),
    },
    { requiredKeys: ["sessionUpdate"] },
  ),
  fc.anything(),
)

test("whatever updates come, in whatever order and wherever a process ends, the parts are a valid stream", () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 30 }), fc.nat(30), (sent, cut) => {
      let nowMs = 0
      const clock = () => (nowMs += 100)
      const first = runReader("run", [], clock)
      const before = [...first.begin(), ...read(first, sent.slice(0, cut))]
      const shown = shownOf(before)
      const second = runReader("run", shown, clock)
      const after = [...second.begin(), ...read(second, sent.slice(cut)), ...second.due(), ...second.end().parts]
      // The second stream stands alone, and both together make one message.
      expect(shownOf(after).length).toBeLessThanOrEqual(shownOf([...before, ...after]).length)
      for (const part of shownOf([...before, ...after])) if (part.type === "text") expect(part.state).toBe("done")
    }),
    { numRuns: 300 },
  )
})
