import { chunk, type Dialects, done, event, finish, hello, type Meaning, says, usage, usageChunk } from "./dialect.ts"

function ending(about: string, word: unknown, means: Meaning = {}): Dialects[string] {
  return { row: "D4", about, wire: hello({ end: [finish(word), usageChunk(), done] }), means }
}

const brokenOff: Meaning = { status: "ERROR", code: "provider_truncated" }
const cut: Meaning = { cutBy: "length" }
const filtered: Meaning = { cutBy: "content-filter" }

/** D4: finish reasons. D6: the connection after the last event. */
export const ends: Dialects = {
  "end-eos": ending("Together AI", "eos"),
  "end-eos-token": ending("Text Generation Inference", "eos_token"),
  "end-turn": ending("Anthropic's word, through proxies", "end_turn"),
  "end-capitals": ending("Gemini and Vertex AI", "STOP"),
  "end-max-tokens": ending("Anthropic's word, through proxies", "max_tokens", cut),
  "end-max-tokens-capitals": ending("Gemini, Cohere", "MAX_TOKENS", cut),
  "end-model-length": ending("Mistral", "model_length", cut),
  "end-context-window": ending("Z.ai, Anthropic's word through proxies", "model_context_window_exceeded", cut),
  "end-safety": ending("Gemini", "SAFETY", filtered),
  "end-sensitive": ending("Z.ai", "sensitive", filtered),
  "end-refusal": ending("Anthropic's word, through proxies", "refusal", filtered),
  "end-tools-without-tools": ending("the word for tools, and no tool", "tool_calls"),
  "end-error": ending("Mistral, OpenRouter", "error", brokenOff),
  "end-abort": ending("vLLM, SGLang", "abort", brokenOff),
  "end-network-error": ending("Z.ai", "network_error", brokenOff),
  "end-no-resources": ending("DeepSeek", "insufficient_system_resource", brokenOff),
  "end-unknown": ending("a word that nobody knows", "gremlins", brokenOff),
  "end-empty-cut": {
    row: "D4",
    about: "an empty finish reason in every chunk, and the connection closed in mid-answer",
    wire: [says("Hello"), says(" wor")].map((line) => line.replace('"finish_reason":null', '"finish_reason":""')),
    means: { ...brokenOff, text: "Hello wor", usage: "estimated" },
  },
  "end-null-word": {
    row: "D4",
    about: "the word null in every chunk until the last: DashScope",
    wire: hello({
      words: [says("Hello"), says(" world.")].map((line) =>
        line.replace('"finish_reason":null', '"finish_reason":"null"'),
      ),
    }),
    means: {},
  },
  "end-in-every-chunk": {
    row: "D4",
    about: "the word for a good end in every chunk from the first",
    wire: hello({
      words: [
        chunk({ delta: { content: "Hello" }, finish_reason: "stop" }),
        chunk({ delta: { content: " world." }, finish_reason: "stop" }),
      ],
    }),
    means: {},
  },
  "end-done-only": {
    row: "D4",
    about: "no finish reason, and [DONE]: OpenCode Zen, small servers of one's own",
    wire: hello({ end: [usageChunk(), done] }),
    means: {},
  },
  "end-done-then-reset": {
    row: "D6",
    about: "all of it, [DONE], then a reset: servers and proxies that kill their workers",
    wire: [...hello(), "reset"],
    means: {},
  },
  "end-done-and-open": {
    row: "D6",
    about: "all of it, [DONE], and the connection stays open",
    wire: [...hello(), "stay-open"],
    means: {},
  },
  "end-usage-and-open": {
    row: "D6",
    about: "finish and usage, no [DONE], and the connection stays open",
    wire: [...hello({ end: [finish("stop", { usage })] }), "stay-open"],
    means: {},
  },
  "end-usage-then-reset": {
    row: "D6",
    about: "finish and usage, no [DONE], then a reset",
    wire: [...hello({ end: [finish(), usageChunk()] }), "reset"],
    means: {},
  },
  "end-finish-then-reset": {
    row: "D6",
    about: "a good finish reason, then a reset",
    wire: [...hello({ end: [finish()] }), "reset"],
    means: { usage: "estimated" },
  },
  "end-without-empty-line": {
    row: "D6",
    about: "the last line without its empty line",
    wire: hello({ end: [finish("stop", { usage }).trimEnd()] }),
    means: {},
  },
  "end-then-noise": {
    row: "D6",
    about: "lines of one's own behind the finish",
    wire: hello({ end: [finish(), usageChunk(), event({ cost: "a tenth of a cent" }), 'data: {"cut": \n\n', done] }),
    means: {},
  },
  "cut-after-role": {
    row: "D4",
    about: "a reset behind the first chunk, which says the role only",
    wire: [...hello({ words: [], end: [] }), "reset"],
    means: { ...brokenOff, text: "", usage: "nothing" },
  },
  "closed-after-role": {
    row: "D4",
    about: "the end of the stream behind it",
    wire: hello({ words: [], end: [] }),
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "done-after-role": {
    row: "D4",
    about: "[DONE] behind it: gateways whose server has gone",
    wire: hello({ words: [], end: [done] }),
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "cut-after-thought": {
    row: "D4",
    about: "a reset behind a thought",
    wire: [...hello({ words: [chunk({ delta: { reasoning_content: "hm so." } })], end: [] }), "reset"],
    means: { ...brokenOff, text: "", thought: "hm so.", usage: "estimated" },
  },
  "cut-after-tagged-thought": {
    row: "D4",
    about: "a reset within a thought between tags",
    wire: [...hello({ words: [says("<think>hm"), says(" so.")], end: [] }), "reset"],
    means: { ...brokenOff, text: "", thought: "hm so.", usage: "estimated" },
  },
  "end-empty-words-done": {
    row: "D4",
    about: "an empty finish reason in every chunk to the last, and [DONE]: GenieX, older Ollama",
    wire: hello({
      words: [says("Hello"), says(" world.")].map((line) => line.replace('"finish_reason":null', '"finish_reason":""')),
      end: [usageChunk(), done],
    }),
    means: {},
  },
  "closed-after-finish": {
    row: "D6",
    about: "a good finish reason, and the end of the stream",
    wire: hello({ end: [finish()] }),
    means: { usage: "estimated" },
  },
}
