import {
  chunk,
  type Dialects,
  done,
  event,
  finish,
  hello,
  type Meaning,
  says,
  usageChunk,
  type WirePiece,
} from "./dialect.ts"

const thought = "hm so."

function saying(about: string, words: string[], means: Meaning = { thought }): Dialects[string] {
  return { row: "D3", about, wire: hello({ words: words.map(says) }), means }
}

/** D3: thoughts inside the text. D11: text in unusual fields, and thoughts without a word. */
export const thoughts: Dialects = {
  "think-tags": saying(
    "thoughts between tags: DeepSeek R1, Qwen3, QwQ behind vLLM or llama.cpp without a reasoning parser",
    ["<think>", "hm so.", "</think>", "\n\nHello world."],
  ),
  "think-tags-split": saying("the same, with the tags cut anywhere", [
    "\n<th",
    "ink>\nhm",
    " so.",
    "\n</",
    "thi",
    "nk>",
    "\n",
    "\nHello",
    " world.",
  ]),
  "think-end-only": saying("the beginning is part of the prompt: DeepSeek R1, Qwen3-Thinking, behind vLLM", [
    "hm so.",
    "</think>",
    "\n\nHello world.",
  ]),
  "think-end-only-split": saying("the same, cut anywhere", ["hm", " so.\n<", "/thin", "k>\n", "\nHello world."]),
  "think-empty": saying(
    "an empty thought: Qwen3 that was told not to think",
    ["<think>\n\n</think>\n\n", "Hello world."],
    {},
  ),
  "think-end-left-over": {
    row: "D3",
    about: "the thought in its own field, its end left over in the words: SGLang, llama.cpp",
    wire: hello({
      words: [chunk({ delta: { reasoning_content: thought } }), says("</think>"), says("\n\nHello world.")],
    }),
    means: { thought },
  },
  "thinking-tags": saying("models that were told to", ["<thinking>hm so.</thinking>", "Hello world."]),
  "thought-tags": saying("Gemini's OpenAI address with include_thoughts", [
    "<thought>hm so.",
    "</thought>Hello world.",
  ]),
  "think-brackets": saying("Magistral", ["[THINK]", "hm so.", "[/THINK]", "Hello world."]),
  "think-triangles": saying("Kimi", ["◁think▷hm so.", "◁/think▷", "Hello world."]),
  "think-gemma": saying("Gemma 4", ["<|channel>thought\nhm so.", "<channel|>", "Hello world."]),
  "think-words": saying(
    "an answer that talks about the tag",
    ["Write `<think>` first,\n```\n<think>\nhm\n</think>\n```\nand then </think> last."],
    { text: "Write `<think>` first,\n```\n<think>\nhm\n</think>\n```\nand then </think> last." },
  ),
  "think-capitals": saying("tags in capitals: models that were told to", ["<THINK>hm so.</Think>", "Hello world."]),
  "think-attributes": saying("tags with attributes, and a space in the last one: models that were told to", [
    '<think duration="3"',
    " lang=en>\nhm so.\n</think ",
    ">\n\nHello world.",
  ]),
  "think-nested": saying(
    "another thought begins and ends within the thought",
    ["<think>hm ", "<think>so</think>", ".\n</think>\n\n", "Hello world."],
    { thought: "hm <think>so." },
  ),
  "think-letter-by-letter": saying("the same tags, a letter a chunk", [..."<think>\nhm so.\n</think>\n\nHello world."]),
  "think-end-in-the-middle": saying("an end by itself on a line in the middle of the words", [
    "hm",
    " so.\n</think>\n",
    "Hello world.",
  ]),
  "think-then-answer-tags": saying("words between tags, too: Hunyuan-A13B, GLM-4.1V-Thinking", [
    "<think>\nhm so.\n</think>\n",
    "<answer>\nHello world.",
    "\n</answer>",
  ]),
  "think-never-ends": {
    row: "D11",
    about: "a thought between tags that never ends",
    wire: hello({ words: [says("<think>hm"), says(" so.")] }),
    means: { thought, text: "", status: "ERROR", code: "provider_only_thought" },
  },
  "think-cut-by-length": {
    row: "D11",
    about: "the same, where the tokens end",
    wire: hello({ words: [says("<think>hm so.")], end: [finish("length"), usageChunk(), done] }),
    means: { thought, text: "", cutBy: "length" },
  },
  "think-whole": {
    row: "D3",
    about: "tags in an answer that came whole",
    wire: whole({ role: "assistant", content: "<think>\nhm so.\n</think>\n\nHello world." }),
    means: { thought },
  },
  "thoughts-in-a-list": {
    row: "D3",
    about: "thoughts as parts among the text: Mistral",
    wire: hello({
      words: [
        chunk({ delta: { content: [{ type: "thinking", thinking: [{ type: "text", text: thought }] }] } }),
        chunk({ delta: { content: [{ type: "text", text: "Hello world." }] } }),
      ],
    }),
    means: { thought },
  },
  "thoughts-in-details": {
    row: "D3",
    about: "thoughts as details only: OpenRouter",
    wire: hello({
      words: [
        chunk({ delta: { content: "", reasoning_details: [{ type: "reasoning.text", text: thought, index: 0 }] } }),
        says("Hello world."),
      ],
    }),
    means: { thought },
  },
  "thoughts-twice": {
    row: "D3",
    about: "the same thought in two fields: vLLM between two names, OpenRouter",
    wire: hello({
      words: [
        chunk({ delta: { reasoning: thought, reasoning_content: thought, reasoning_details: [{ text: thought }] } }),
        says("Hello world."),
      ],
    }),
    means: { thought },
  },
  "message-in-the-last-chunk": {
    row: "D11",
    about: "the last words as a message, where deltas were before",
    wire: hello({
      words: [says("Hello")],
      end: [chunk({ message: { role: "assistant", content: " world." }, finish_reason: "stop" }), usageChunk(), done],
    }),
    means: {},
  },
  "words-as-a-number": {
    row: "D11",
    about: "a number that was not made a text",
    wire: hello({ words: [chunk({ delta: { content: 42 } })] }),
    means: { text: "42" },
  },
  "message-repeats-it-all": {
    row: "D11",
    about: "the whole message once more in the last chunk",
    wire: hello({
      end: [
        chunk({ delta: {}, message: { role: "assistant", content: "Hello world." }, finish_reason: "stop" }),
        usageChunk(),
        done,
      ],
    }),
    means: {},
  },
  "message-so-far-in-every-chunk": {
    row: "D11",
    about: "a delta, and the message so far beside it: Perplexity",
    wire: hello({
      words: ["Hello", " world."].map((content, index) =>
        chunk({ delta: { content }, message: { role: "assistant", content: ["Hello", "Hello world."][index] } }),
      ),
      end: [chunk({ delta: {}, message: { content: "Hello world." }, finish_reason: "stop" }), usageChunk(), done],
    }),
    means: {},
  },
  "message-only": {
    row: "D11",
    about: "one event with a message instead of a delta",
    wire: [
      event({
        choices: [{ index: 0, message: { role: "assistant", content: "Hello world." }, finish_reason: "stop" }],
      }),
      usageChunk(),
      done,
    ],
    means: {},
  },
  "legacy-text": {
    row: "D11",
    about: "text beside the delta's place, as completions had it before there were chats",
    wire: [
      event({ choices: [{ index: 0, text: "Hello" }] }),
      event({ choices: [{ index: 0, text: " world.", finish_reason: "stop" }] }),
      usageChunk(),
      done,
    ],
    means: {},
  },
  "only-a-thought": {
    row: "D11",
    about: "a thought, and not one word: reasoning models that forget to answer",
    wire: hello({ words: [chunk({ delta: { reasoning_content: thought } })] }),
    means: { thought, text: "", status: "ERROR", code: "provider_only_thought" },
  },
  "only-a-thought-in-tags": {
    row: "D11",
    about: "the same between tags, with white space behind it",
    wire: hello({ words: [says("<think>hm so."), says("</think>"), says("\n\n")] }),
    means: { thought, text: "", status: "ERROR", code: "provider_only_thought" },
  },
  "thought-cut-by-length": {
    row: "D11",
    about: "a thought that took all the tokens there were",
    wire: hello({
      words: [chunk({ delta: { reasoning_content: thought } })],
      end: [finish("length"), usageChunk(), done],
    }),
    means: { thought, text: "", cutBy: "length" },
  },
}

export function whole(message: object, more: object = {}): WirePiece[] {
  const choices = [{ index: 0, message, finish_reason: "stop" }]
  const body = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "m",
    choices,
    usage: { prompt_tokens: 120, completion_tokens: 30 },
    ...more,
  }
  return [{ head: { headers: { "Content-Type": "application/json" } } }, JSON.stringify(body, undefined, 2)]
}
