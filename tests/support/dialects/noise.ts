import { chunk, type Dialects, done, event, finish, hello, says, usage, usageChunk } from "./dialect.ts"

const hi = [says("Hello"), says(" world.")]
const between = (line: string) => hello({ words: [line, says("Hello"), line, says(" world."), line] })

const safe = { content_filter_results: { hate: { filtered: false, severity: "safe" } } }

function looked(start_offset: number, end_offset: number): string {
  const offsets = { check_offset: start_offset, start_offset, end_offset }
  return event({
    id: "",
    object: "",
    created: 0,
    model: "",
    choices: [{ index: 0, finish_reason: null, content_filter_offsets: offsets, ...safe }],
  })
}

/** D5: events without content, and unreadable ones. D10: signs of life. */
export const noise: Dialects = {
  "ping-events": {
    row: "D5",
    about: "event: ping with an empty object",
    wire: between("event: ping\ndata: {}\n\n"),
    means: {},
  },
  "ping-objects": {
    row: "D5",
    about: "a ping as data: Anthropic's, through proxies",
    wire: between(event({ type: "ping" })),
    means: {},
  },
  "status-events": {
    row: "D5",
    about: "events of a name of their own",
    wire: between('event: status\ndata: {"text": "queued at place 3"}\n\n'),
    means: {},
  },
  "empty-data": {
    row: "D5",
    about: "empty data, null, a number, a list",
    wire: between("data:\n\ndata: null\n\ndata: 1\n\ndata: []\n\n"),
    means: {},
  },
  "filter-results-first": {
    row: "D5",
    about: "a first chunk without a choice: Azure",
    wire: [
      event({ choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results: [{ prompt_index: 0 }] }),
      ...hello(),
    ],
    means: {},
  },
  "choices-null": {
    row: "D5",
    about: "the usage chunk with choices: null",
    wire: hello({ end: [finish(), event({ choices: null, usage }), done] }),
    means: {},
  },
  "error-null": {
    row: "D5",
    about: "error: null in every chunk",
    wire: hello({
      words: ["Hello", " world."].map((content) => chunk({ delta: { content } }, { error: null })),
      end: [finish("stop", { error: null }), event({ choices: [], usage, error: null }), done],
    }),
    means: {},
  },
  "everything-null": {
    row: "D5",
    about: "null wherever something might stand",
    wire: hello({
      words: ["Hello", " world."].map((content) =>
        chunk(
          {
            delta: { role: null, content, refusal: null, tool_calls: null, function_call: null, reasoning: null },
            logprobs: null,
          },
          { usage: null, service_tier: null },
        ),
      ),
    }),
    means: {},
  },
  "odd-types": {
    row: "D5",
    about: "types that nobody expects, where nothing of an answer stands",
    wire: hello({
      words: [
        chunk(
          { delta: { content: "Hello", refusal: false, tool_calls: {}, role: "model" } },
          { id: 7, created: "now", model: null },
        ),
        says(" world."),
      ],
    }),
    means: {},
  },
  "half-an-event": {
    row: "D5",
    about: "an event that is cut, among good ones",
    wire: hello({ words: [says("Hello"), 'data: {"choices": [{"del\n\n', says(" world.")] }),
    means: {},
  },
  "half-an-event-last": {
    row: "D5",
    about: "an event that is cut where the last words should be",
    wire: hello({ words: [...hi, 'data: {"choices": [\n\n'] }),
    means: { status: "ERROR", code: "provider_bad_response" },
  },
  "two-events-in-one": {
    row: "D5",
    about: "no empty line between two events",
    wire: hello({ words: [`${says("Hello").trimEnd()}\n${says(" world.")}`] }),
    means: {},
  },
  "no-data-field": {
    row: "D5",
    about: "JSON lines under the name of an event stream",
    wire: hello().map((line) => (typeof line === "string" ? line.replace(/^data: (?=\{)/, "") : line)),
    means: {},
  },
  "bare-lines": {
    row: "D5",
    about: "carriage returns, a byte order mark, no space behind the colon",
    wire: hello().map((line, index) =>
      typeof line === "string"
        ? `${index === 0 ? "\uFEFF" : ""}${line.replace("data: ", "data:").replaceAll("\n", "\r\n")}`
        : line,
    ),
    means: {},
  },
  "error-then-words": {
    row: "D5",
    about: "an error that was got over: words follow it",
    wire: hello({
      words: [says("Hello"), event({ error: { message: "retrying another provider", code: 502 } }), says(" world.")],
    }),
    means: {},
  },
  "error-in-the-middle": {
    row: "D5",
    about: "an error object as the last word, with its code: OpenRouter",
    wire: hello({
      words: [says("Hello")],
      end: [
        chunk(
          { delta: { content: "" }, finish_reason: "error" },
          { error: { code: 429, message: "Rate limited upstream" } },
        ),
        done,
      ],
    }),
    means: { status: "ERROR", code: "provider_rate_limited", text: "Hello", usage: "estimated" },
  },
  "error-as-text": {
    row: "D5",
    about: "an error that is a text: Ollama",
    wire: hello({
      words: [says("Hello")],
      end: [event({ error: "an error was encountered while running the model" })],
    }),
    means: { status: "ERROR", code: "provider_unavailable", text: "Hello", usage: "estimated" },
  },
  "error-event": {
    row: "D5",
    about: "an event named error",
    wire: hello({
      words: [says("Hello")],
      end: ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'],
    }),
    means: { status: "ERROR", code: "provider_unavailable", text: "Hello", usage: "estimated" },
  },
  "keep-alive-comments": {
    row: "D10",
    about: "comments while the model is loaded or thinks: OpenRouter, Cloudflare",
    wire: [...Array.from({ length: 4 }, () => [": OPENROUTER PROCESSING\n\n", { waitMs: 50 }]).flat(), ...hello()],
    means: {},
  },
  "empty-deltas": {
    row: "D10",
    about: "deltas without a word while it thinks",
    wire: [...Array.from({ length: 4 }, () => [says(""), { waitMs: 50 }]).flat(), ...hello()],
    means: {},
  },
  "usage-before-the-end": {
    row: "D5",
    about: "the usage before the finish",
    wire: hello({ words: [...hi, usageChunk()], end: [finish(), done] }),
    means: {},
  },
  "filter-offsets": {
    row: "D5",
    about: "what its filter has looked at, among the words and behind their end: Azure's asynchronous filter",
    wire: hello({
      words: [says("Hello"), looked(0, 5), says(" world.")],
      end: [
        finish("stop", { choices: [{ index: 0, delta: {}, finish_reason: "stop", ...safe }] }),
        looked(5, 12),
        usageChunk(),
        done,
      ],
    }),
    means: {},
  },
  "filter-that-failed": {
    row: "D5",
    about: "a filter that could not look, and says so in the choice: Azure",
    wire: hello({
      words: [
        says("Hello"),
        chunk({
          delta: { content: " world." },
          content_filter_result: { error: { code: "content_filter_error", message: "The contents are not filtered" } },
        }),
      ],
    }),
    means: {},
  },
  "filter-cuts": {
    row: "D5",
    about: "a filter that ends the answer in the middle: Azure",
    wire: hello({
      words: [says("Hello")],
      end: [
        chunk({
          delta: {},
          finish_reason: "content_filter",
          content_filter_results: { violence: { filtered: true, severity: "medium" } },
        }),
        usageChunk(),
        done,
      ],
    }),
    means: { text: "Hello", cutBy: "content-filter" },
  },
}
