import { chunk, type Dialects, done, finish, hello, says, usageChunk, type WirePiece } from "./dialect.ts"
import { whole } from "./thoughts.ts"

const two = '{"expression":"1 + 1"}'
const four = '{"expression":"2 + 2"}'

function call(fields: object, input: unknown, name: string | undefined = "calculate"): object {
  return { type: "function", ...fields, function: { ...(name !== undefined && { name }), arguments: input } }
}

function calls(tool_calls: unknown[], choice: object = {}): string {
  return chunk({ delta: { tool_calls }, ...choice })
}

const end: WirePiece[] = [finish("tool_calls"), usageChunk(), done]
const asking = (words: WirePiece[], last = end) => hello({ words, end: last })
const pieces = (index: number, id: string, input: string): WirePiece[] => [
  calls([call({ index, id }, "")]),
  calls([{ index, function: { arguments: input.slice(0, 9) } }]),
  calls([{ index, function: { arguments: input.slice(9) } }]),
]
/** Two answers were charged: the one with the call, and the one after the result. */
const once = { calls: ["1 + 1"], usage: [240, 60] as [number, number] }
const unreadable = { status: "ERROR", code: "provider_bad_response" } as const
const both = { calls: ["1 + 1", "2 + 2"], usage: [240, 60] as [number, number] }

/** D14: how correct calls are cut and labelled. D5: arguments as an object. D4: a call that is cut off. */
export const tools: Dialects = {
  "call-in-pieces": { row: "D14", about: "as OpenAI has it", wire: asking(pieces(0, "call_1", two)), means: once },
  "call-as-an-object": {
    row: "D14",
    about: "one call that stands for the list of calls",
    wire: asking([chunk({ delta: { tool_calls: call({ index: 0, id: "call_1" }, two) } })]),
    means: once,
  },
  "call-repeated": {
    row: "D14",
    about: "the whole call once more in the finish chunk",
    wire: asking(
      [...pieces(0, "call_1", two)],
      [calls([call({ index: 0, id: "call_1" }, two)], { finish_reason: "tool_calls" }), usageChunk(), done],
    ),
    means: once,
  },
  "call-repeated-new-id": {
    row: "D14",
    about: "the same under a new id",
    wire: asking(
      [...pieces(0, "call_1", two)],
      [calls([call({ index: 0, id: "call_9" }, two)], { finish_reason: "tool_calls" }), usageChunk(), done],
    ),
    means: once,
  },
  "call-repeated-without-id": {
    row: "D14",
    about: "the same without an id, written otherwise",
    wire: asking(
      [...pieces(0, "call_1", two)],
      [calls([call({}, '{ "expression": "1 + 1" }')], { finish_reason: "tool_calls" }), usageChunk(), done],
    ),
    means: once,
  },
  "call-repeated-in-message": {
    row: "D14",
    about: "the whole message with its call in the finish chunk",
    wire: asking(
      [...pieces(0, "call_1", two), ...pieces(1, "call_2", four)],
      [
        chunk({
          delta: {},
          message: { role: "assistant", content: null, tool_calls: [call({ id: "a" }, two), call({ id: "b" }, four)] },
          finish_reason: "tool_calls",
        }),
        usageChunk(),
        done,
      ],
    ),
    means: both,
  },
  "call-whole-twice": {
    row: "D14",
    about: "a whole call in two chunks, with one id",
    wire: asking([calls([call({ index: 0, id: "call_1" }, two)]), calls([call({ index: 0, id: "call_1" }, two)])]),
    means: once,
  },
  "calls-of-one-name": {
    row: "D14",
    about: "two calls of one tool",
    wire: asking([calls([call({ index: 0, id: "call_1" }, two)]), calls([call({ index: 1, id: "call_2" }, four)])]),
    means: both,
  },
  "calls-alike": {
    row: "D14",
    about: "two calls of one tool with one input, each with an id of its own",
    wire: asking([calls([call({ index: 0, id: "call_1" }, two), call({ index: 1, id: "call_2" }, two)])]),
    means: { ...once, calls: ["1 + 1", "1 + 1"] },
  },
  "calls-in-finish-chunk": {
    row: "D14",
    about: "two whole calls in the finish chunk, and nowhere else: Ollama's way",
    wire: asking(
      [],
      [
        calls([call({ index: 0, id: "call_1" }, two), call({ index: 1, id: "call_2" }, four)], {
          finish_reason: "stop",
        }),
        usageChunk(),
        done,
      ],
    ),
    means: both,
  },
  "calls-at-one-index": {
    row: "D14",
    about: "every call at index 0: Gemini's OpenAI address",
    wire: asking([calls([call({ index: 0, id: "call_1" }, two)]), calls([call({ index: 0, id: "call_2" }, four)])]),
    means: both,
  },
  "calls-without-index": {
    row: "D14",
    about: "calls without an index, and one without an id: Gemini",
    wire: asking([calls([call({ id: "" }, two)]), calls([call({}, four)])]),
    means: both,
  },
  "calls-interleaved": {
    row: "D14",
    about: "the pieces of two calls in turn",
    wire: asking(pieces(0, "call_1", two).flatMap((piece, index) => [piece, pieces(1, "call_2", four)[index] ?? ""])),
    means: both,
  },
  "call-id-in-every-piece": {
    row: "D14",
    about: "another id with every piece: vLLM's tool parsers",
    wire: asking([
      calls([call({ index: 0, id: "call_1" }, "")]),
      calls([{ index: 0, id: "call_2", function: { arguments: two.slice(0, 9) } }]),
      calls([{ index: 0, id: "", function: { arguments: two.slice(9) } }]),
    ]),
    means: once,
  },
  "call-name-late": {
    row: "D14",
    about: "the name in the second piece",
    wire: asking([
      calls([{ index: 0, id: "call_1", function: { arguments: "" } }]),
      calls([{ index: 0, function: { name: "calculate", arguments: two } }]),
    ]),
    means: once,
  },
  "call-name-in-every-piece": {
    row: "D14",
    about: "the name with every piece",
    wire: asking([two.slice(0, 9), two.slice(9)].map((input) => calls([call({ index: 0, id: "call_1" }, input)]))),
    means: once,
  },
  "call-arguments-object": {
    row: "D5",
    about: "arguments as an object: Ollama's own way",
    wire: asking([calls([call({ index: 0, id: "call_1" }, JSON.parse(two))])]),
    means: once,
  },
  "call-arguments-twice-encoded": {
    row: "D5",
    about: "arguments as JSON in JSON",
    wire: asking([calls([call({ index: 0, id: "call_1" }, JSON.stringify(two))])]),
    means: once,
  },
  "call-legacy": {
    row: "D5",
    about: "function_call: OpenAI's way until 2023",
    wire: asking(
      [
        chunk({ delta: { function_call: { name: "calculate", arguments: "" } } }),
        chunk({ delta: { function_call: { arguments: two } } }),
      ],
      [finish("function_call"), usageChunk(), done],
    ),
    means: once,
  },
  "call-whole-json": {
    row: "D7",
    about: "a call in a whole completion",
    wire: whole({ role: "assistant", content: null, tool_calls: [call({ id: "call_1" }, two)] }),
    means: once,
  },
  "call-cut-by-length": {
    row: "D4",
    about: "arguments cut where the tokens end",
    wire: asking(
      [says("Let me see."), ...pieces(0, "call_1", two).slice(0, 2)],
      [finish("length"), usageChunk(), done],
    ),
    means: { text: "Let me see.", cutBy: "length", calls: [] },
  },
  "call-cut-by-reset": {
    row: "D4",
    about: "arguments cut where the connection ends",
    wire: asking([says("Let me see."), ...pieces(0, "call_1", two).slice(0, 2)], ["reset"]),
    means: { text: "Let me see.", status: "ERROR", code: "provider_truncated", usage: "estimated", calls: [] },
  },
  "call-without-name": {
    row: "D14",
    about: "a call whose name never comes, behind words: gateways that lose the first piece",
    wire: asking([says("Let me see."), calls([{ index: 0, id: "call_1", function: { name: null, arguments: two } }])]),
    means: { ...unreadable, text: "Let me see." },
  },
  "call-without-name-alone": {
    row: "D14",
    about: "the same in pieces with an empty name, and nothing else: SiliconFlow",
    wire: asking(
      [two.slice(0, 9), two.slice(9)].map((input) =>
        calls([{ index: 0, id: "call_1", function: { name: "", arguments: input } }]),
      ),
    ),
    means: { ...unreadable, text: "", usage: "nothing" },
  },
  "call-without-name-beside-one": {
    row: "D14",
    about: "a call without a name beside a whole one: neither runs",
    wire: asking([calls([call({ index: 0, id: "call_1" }, two), { index: 1, function: { arguments: four } }])]),
    means: { ...unreadable, text: "" },
  },
  "call-told-of-only": {
    row: "D14",
    about: "the word for calls, and neither a call nor a word: tool parsers of vLLM and SGLang that find none",
    wire: asking([chunk({ delta: { tool_calls: [] } })]),
    means: { ...unreadable, text: "", usage: "nothing" },
  },
  "call-that-is-empty": {
    row: "D14",
    about: "an empty call behind a whole one: an id, and neither name nor arguments",
    wire: asking([
      calls([call({ index: 0, id: "call_1" }, two)]),
      calls([{ index: 1, id: "call_2", function: { name: "", arguments: "" } }]),
    ]),
    means: once,
  },
  "call-cut-then-done": {
    row: "D4",
    about: "arguments cut, no word for the end, and [DONE]",
    wire: asking([says("Let me see."), ...pieces(0, "call_1", two).slice(0, 2)], [usageChunk(), done]),
    means: { text: "Let me see.", status: "ERROR", code: "provider_truncated", calls: [] },
  },
  "call-whole-then-done": {
    row: "D4",
    about: "a whole call, no word for the end, and [DONE]",
    wire: asking(pieces(0, "call_1", two), [usageChunk(), done]),
    means: once,
  },
}
