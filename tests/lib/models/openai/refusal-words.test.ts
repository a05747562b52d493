/** D2, D8, D12: the fields that refusals name, in the words of real servers. */
import { expect, test } from "vitest"
import { changesNamedIn, guessesAt, isForGood, type Refusal } from "#lib/models/openai/refusal-words.ts"

/** All that a request can have. */
const everything = new Set([
  ..."tools stream stream_options tool_choice parallel_tool_calls temperature max_tokens reasoning_effort user stop".split(
    " ",
  ),
  ..."system schema image pdf thoughts own_thoughts tool_ids signatures".split(" "),
])

test.each<[server: string, status: number, said: unknown, left: string]>([
  ["Ollama", 400, "registry.ollama.ai/library/gemma3:4b does not support tools", "tools"],
  ["llama.cpp", 500, { error: { code: 500, message: "tools param requires --jinja flag" } }, "tools"],
  ["an older llama.cpp", 500, { error: { code: 500, message: "Unsupported param: tools" } }, "tools"],
  [
    "vLLM",
    400,
    { message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set' },
    "tools",
  ],
  [
    "OpenRouter",
    404,
    "No endpoints found that support tool use. To learn more about provider routing, visit: …",
    "tools",
  ],
  ["Google with Gemma", 400, "Function calling is not enabled for models/gemma-3-27b-it", "tools"],
  ["Groq", 400, "`tool calling` is not supported with this model", "tools"],
  ["DeepSeek", 400, "deepseek-reasoner does not support Function Calling", "tools"],
  ["Perplexity", 400, "Tool calling is not supported for this model", "tools"],
  [
    "LiteLLM",
    400,
    "litellm.UnsupportedParamsError: ollama does not support parameters: ['tools'], for model=x",
    "tools",
  ],
  ["LiteLLM", 400, "Deepinfra doesn't support tool_choice={'type': 'function'}", "tool_choice"],
  ["Azure's older API", 400, "Unrecognized request argument supplied: stream_options", "stream_options"],
  ["Azure", 400, { detail: "Extra parameters ['stream_options'] are not allowed when …" }, "stream_options"],
  ["Azure", 400, "Validation error at #/stream_options: Extra inputs are not permitted", "stream_options"],
  [
    "Mistral",
    422,
    { detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }] },
    "stream_options",
  ],
  ["LiteLLM", 400, "o3-mini does not support parameters: ['parallel_tool_calls']", "parallel_tool_calls"],
  [
    "OpenAI",
    400,
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens",
  ],
  [
    "OpenAI",
    400,
    "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
    "temperature",
  ],
  [
    "xAI",
    400,
    { code: "Client specified …", error: "Argument not supported on this model: reasoningEffort" },
    "reasoning_effort",
  ],
  ["OpenAI", 400, "Unsupported value: 'messages[0].role' does not support 'system' with this model.", "system"],
  ["vLLM with Gemma", 400, { object: "error", message: "System role not supported", code: 400 }, "system"],
  ["Google with Gemma", 400, "Developer instruction is not enabled for models/gemma-3-27b-it", "system"],
  ["Bedrock", 400, "This model doesn't support system messages. Try again without system messages and …", "system"],
  ["a template", 400, "Conversation roles must alternate user/assistant/user/assistant/...", "system"],
  ["Bedrock", 400, "This model doesn't support tool use in streaming mode.", "stream"],
  ["llama.cpp", 500, { error: { message: "Cannot use tools with stream" } }, "stream"],
  ["OpenAI", 400, "Unsupported value: 'stream' does not support true with this model.", "stream"],
  [
    "Google",
    400,
    [
      {
        error: {
          message: `Unknown name "$schema" at 'tools[0].function_declarations[0].parameters': Cannot find field.`,
        },
      },
    ],
    "schema",
  ],
  [
    "Google",
    400,
    `Unknown name "additionalProperties" at 'tools[0].function_declarations[1]': Cannot find field.`,
    "schema",
  ],
  [
    "OpenAI",
    400,
    "Invalid schema for function 'look': In context=('properties', 'at'), array schema missing items.",
    "schema",
  ],
  [
    "Groq",
    400,
    "'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property 'reasoning_content' is unsupported)]",
    "thoughts",
  ],
  ["Cerebras", 400, { message: "property 'messages.2.assistant.reasoning_content' is unsupported" }, "thoughts"],
  ["Groq with Kimi", 400, "messages[2].reasoning: reasoning is not supported with this model", "thoughts"],
  ["Fireworks", 400, "Extra inputs are not permitted, field: 'messages[2].reasoning_content'", "thoughts"],
  ["DeepSeek", 400, "Missing `reasoning_content` field in the assistant message at message index 2.", "own_thoughts"],
  ["DeepSeek", 400, "The `reasoning_content` in the thinking mode must be passed back to the API.", "own_thoughts"],
  ["Moonshot", 400, "reasoning_content is missing in assistant tool call message at index 3", "own_thoughts"],
  ["Mistral", 400, { message: "Tool call id was call_0 but must be a-z, A-Z, 0-9, with a length of 9." }, "tool_ids"],
  ["OpenAI", 400, "Invalid 'messages[2].tool_calls[0].id': string too long. Expected … maximum length 40", "tool_ids"],
  ["llama.cpp", 500, "image input is not supported - hint: … you may need to provide the mmproj", "image"],
  ["llamafile", 500, "The server was not compiled for multimodal or the model projector can't be loaded.", "image"],
  ["OpenAI", 400, "Invalid content type. image_url is only supported by certain models.", "image"],
  ["OpenRouter", 404, "No endpoints found that support image input", "image"],
  ["Ollama", 400, { error: "this model does not support image input" }, "image"],
  ["DeepSeek", 400, "messages[1]: unknown variant `image_url`, expected `text`", "image"],
  ["vLLM", 400, "At most 0 image(s) may be provided in one prompt.", "image"],
  ["LM Studio", 400, "Vision add-on is not loaded, but images were provided for processing", "image"],
  ["one that knows pictures", 400, "unknown variant `file`, expected one of `text`, `image_url`", "pdf"],
  ["another one", 400, "Unsupported content part type: 'file'", "pdf"],
  ["SGLang", 400, { object: "error", message: "Unsupported tool_call_parser: None", code: 400 }, "tools"],
  ["Azure's older models", 404, "Unrecognized request argument supplied: tools", "tools"],
  [
    "Mistral",
    422,
    {
      object: "Error",
      detail: [{ type: "extra_forbidden", loc: ["body", "tools"], msg: "Extra inputs are not permitted" }],
    },
    "tools",
  ],
  [
    "llama.cpp with Gemma 3",
    500,
    { error: { code: 500, message: "Jinja Exception: Only user, system and assistant roles are supported!" } },
    "tools",
  ],
  ["llama.cpp with Qwen 3.5", 500, { error: { message: "Jinja Exception: Unexpected message role." } }, "system"],
  [
    "Perplexity",
    400,
    "After the (optional) system message(s), user and assistant roles should be alternating.",
    "system",
  ],
  ["Groq", 400, "property 'stream_options' is unsupported, did you mean 'stream'?", "stream_options"],
  [
    "LiteLLM that makes the stream itself",
    400,
    "OpenAIException - {'error': {'message': \"The 'stream_options' parameter is only allowed when 'stream' is enabled.\"}}",
    "stream_options",
  ],
  ["Databricks", 400, { error_code: "BAD_REQUEST", message: 'json: unknown field "stream_options"' }, "stream_options"],
  [
    "Cohere",
    422,
    { message: "unknown field: parameter 'strict' is not a valid field. For proper usage, please refer to …" },
    "schema",
  ],
  ["Bedrock with gpt-oss", 400, { message: "The model is unsupported for streaming." }, "stream"],
  [
    "LM Studio and llama.cpp with gpt-oss",
    400,
    {
      error:
        'Error rendering prompt with jinja template: "Cannot pass both content and thinking in an assistant message with tool calls!"',
    },
    "thoughts",
  ],
  [
    "LiteLLM before Bedrock",
    400,
    'BedrockException - {"message":"The model returned the following errors: reasoning: Extra inputs are not permitted"}',
    "thoughts",
  ],
  [
    "Google",
    400,
    [{ error: { code: 400, message: "Function call is missing a thought_signature in functionCall parts. …" } }],
    "signatures",
  ],
  [
    "Vertex AI",
    400,
    "Unable to submit request because function call `look` in the 4. content block is missing a thought_signature.",
    "signatures",
  ],
  ["vLLM", 400, { object: "error", message: "/models/x is not a multimodal model", code: 400 }, "image"],
  [
    "OpenRouter, with the provider's words within,",
    400,
    {
      error: {
        message: "Provider returned error",
        metadata: { raw: '{"error":{"message":"tools are not supported"}}' },
      },
    },
    "tools",
  ],
])("D2 D8 D12 %s (%i) is asked again: %j", (_, status, said, left) => {
  expect(changesNamedIn(refusal(status, said), everything)).toEqual([left])
})

test.each<[what: string, status: number, said: unknown]>([
  [
    "the prompt is too long",
    400,
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the functions).",
  ],
  ["the context is too small", 400, "the request exceeds the available context size. try increasing the context size"],
  ["the key is wrong", 400, "API key not valid. Please pass a valid API key."],
  ["the key is wrong, as 401", 401, "tools are not supported"],
  ["a filter holds it back", 400, "The response was filtered due to … Azure OpenAI's content management policy."],
  ["a filter minds the picture", 400, "Your input image may contain content that is not allowed by our safety system."],
  ["the model is not there", 404, 'model "gemma3" not found, try pulling it first'],
  ["nobody may have the model", 404, "The model `gpt-9` does not exist or you do not have access to it."],
  ["it is too often", 429, "Rate limit reached for tools"],
  ["it costs too much", 402, "This request requires more credits, or fewer max_tokens."],
  ["it fails", 500, "Internal server error"],
  ["a call cannot be read", 500, "error parsing tool call: raw='{' err=unexpected end of JSON input"],
])("D2 a request is not repeated when %s", (_, status, said) => {
  const may = new Set([...everything].filter((change) => change !== "image" && change !== "pdf"))
  expect(changesNamedIn(refusal(status, said), may)).toEqual([])
  expect(guessesAt(refusal(status, said), may)).toEqual([])
})

test("D2 words that a refusal quotes from the question count for nothing", () => {
  const echo = { loc: ["body", "messages", 1, "content"], msg: "Field required", input: "tools are not supported?" }
  expect(changesNamedIn(refusal(422, { detail: [echo] }), new Set(["tools"]))).toEqual([])
})

test("D2 a field that is not in the request is not omitted", () => {
  expect(changesNamedIn(refusal(400, "gemma3 does not support tools"), new Set(["system", "stream"]))).toEqual([])
})

test("D2 an unspecific refusal leads to guesses in order, but not if the address is wrong", () => {
  expect(guessesAt(refusal(400, "Unsupported parameter"), everything)).toEqual(["stream_options", "tools", "system"])
  expect(guessesAt(refusal(400, "That did not go well"), everything)).toEqual([])
  expect(guessesAt(refusal(404, "Not supported in the v1/chat/completions endpoint"), everything)).toEqual([])
})

test.each<[server: string, status: number, said: unknown]>([
  ["LM Studio", 400, { error: 'Error rendering prompt with jinja template: "Unknown test: sequence".' }],
  [
    "llama.cpp",
    500,
    {
      error: {
        message:
          "While executing FilterExpression at line 120, column 73 in source:\n…\nError: Unknown (built-in) filter 'items' for type String",
      },
    },
  ],
  ["Text Generation Inference", 422, { error: "Template error: template not found", error_type: "template_error" }],
])(
  "D2 after a failure of %s's template the request is repeated without tools, then without a system message",
  (_, status, said) => {
    const may = new Set(["stream_options", "tools", "system"])
    expect(changesNamedIn(refusal(status, said), may)).toEqual([])
    expect(guessesAt(refusal(status, said), may)).toEqual(["tools", "system"])
  },
)

test("D12 files are omitted whatever is wrong with them, and permanently only if the model accepts none", () => {
  const image = new Set(["image"])
  for (const words of ["invalid message format", "Could not process image", "image exceeds 5 MB maximum"])
    expect(changesNamedIn(refusal(400, words), image), words).toEqual(["image"])
  expect(isForGood(refusal(400, "Could not process image"))).toBe(false)
  expect(isForGood(refusal(400, "image exceeds 5 MB maximum"))).toBe(false)
  expect(isForGood(refusal(400, "this model does not support image input"))).toBe(true)
  expect(isForGood(refusal(400, "invalid message format"))).toBe(true)
})

function refusal(status: number, said: unknown): Refusal {
  const json = typeof said === "string" ? { error: { message: said, type: "invalid_request_error" } } : said
  return { status, json, text: JSON.stringify(json) }
}
