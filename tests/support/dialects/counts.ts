import { chunk, type Dialects, done, event, finish, hello, type Meaning, says, usage, usageChunk } from "./dialect.ts"

function reporting(about: string, report: unknown, means: Meaning = {}): Dialects[string] {
  return { row: "D1", about, wire: hello({ end: [finish(), usageChunk(report), done] }), means }
}

/** D1: unusual token counts. */
export const counts: Dialects = {
  "usage-fraction": reporting(
    "half a token, and cached ones by the eighth: gateways that scale or average",
    { ...usage, completion_tokens: 30.5, prompt_tokens_details: { cached_tokens: 12.5 } },
    { usage: [120, 31] },
  ),
  "usage-strings": reporting("numbers as text", { prompt_tokens: "120", completion_tokens: "30" }),
  "usage-negative": reporting("a negative count", { ...usage, completion_tokens: -1 }, { usage: "estimated" }),
  "usage-huge": reporting("more tokens than a column holds", { ...usage, prompt_tokens: 1e12 }, { usage: "estimated" }),
  "usage-infinite": {
    row: "D1",
    about: "a number that JSON can write and nothing can hold",
    wire: hello({
      end: [finish(), 'data: {"choices":[],"usage":{"prompt_tokens":1e999,"completion_tokens":30}}\n\n', done],
    }),
    means: { usage: "estimated" },
  },
  "usage-words": reporting(
    "no numbers at all",
    { prompt_tokens: "many", completion_tokens: {} },
    { usage: "estimated" },
  ),
  "usage-nulls": reporting(
    "null in every place",
    { prompt_tokens: null, completion_tokens: null, total_tokens: null, prompt_tokens_details: null },
    { usage: "estimated" },
  ),
  "usage-zeros": reporting(
    "nothing counted",
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { usage: "estimated" },
  ),
  "usage-more-cached-than-sent": reporting("more cached tokens than sent ones", {
    ...usage,
    prompt_tokens_details: { cached_tokens: 9_000 },
  }),
  "usage-odd-details": reporting("details that are no numbers", {
    ...usage,
    prompt_tokens_details: { cached_tokens: "none", audio_tokens: [] },
    completion_tokens_details: { reasoning_tokens: -5 },
  }),
  "usage-total-only": reporting("the prompt's tokens and the total", { prompt_tokens: 120, total_tokens: 150 }),
  "usage-other-names": reporting("Anthropic's names, through proxies", { input_tokens: 120, output_tokens: 30 }),
  "usage-in-every-chunk": {
    row: "D1",
    about: "the tokens so far in every chunk: vLLM with continuous_usage_stats",
    wire: hello({
      words: [
        chunk({ delta: { content: "Hello" } }, { usage: { prompt_tokens: 120, completion_tokens: 1 } }),
        chunk({ delta: { content: " world." } }, { usage: { prompt_tokens: 120, completion_tokens: 2 } }),
      ],
    }),
    means: {},
  },
  "usage-good-then-senseless": {
    row: "D1",
    about: "a report that makes sense, and one that does not behind it",
    wire: hello({ end: [finish("stop", { usage }), usageChunk({ prompt_tokens: -1, completion_tokens: -1 }), done] }),
    means: {},
  },
  "usage-in-pieces": {
    row: "D1",
    about: "the prompt's tokens at the beginning, the answer's at the end: Anthropic's stream through proxies",
    wire: hello({
      words: [usageChunk({ input_tokens: 120 }), says("Hello"), says(" world.")],
      end: [finish("end_turn", { usage: { output_tokens: 30 } }), done],
    }),
    means: {},
  },
  "usage-x-groq": {
    row: "D1",
    about: "in a field of its own in the last chunk: Groq",
    wire: hello({ end: [finish("stop", { x_groq: { id: "req_1", usage: { ...usage, total_time: 0.1 } } }), done] }),
    means: {},
  },
  "usage-in-the-choice": {
    row: "D1",
    about: "inside the choice: Moonshot",
    wire: hello({ end: [chunk({ delta: {}, finish_reason: "stop", usage }), done] }),
    means: {},
  },
  "usage-timings": {
    row: "D1",
    about: "timings instead of usage: llama.cpp's server without stream_options",
    wire: hello({
      end: [finish("stop", { timings: { cache_n: 20, prompt_n: 100, predicted_n: 30, predicted_ms: 5.5 } }), done],
    }),
    means: {},
  },
  "usage-of-nothing": {
    row: "D1",
    about: "tokens of an answer that failed before its first word: gateways that bill the prompt",
    wire: [usageChunk(), event({ error: { message: "The engine has crashed.", code: 500 } })],
    means: { status: "ERROR", code: "provider_unavailable", text: "", usage: "nothing" },
  },
  "usage-none": {
    row: "D1",
    about: "none at all",
    wire: hello({ end: [finish(), event({ choices: [], usage: null }), done] }),
    means: { usage: "estimated" },
  },
}
