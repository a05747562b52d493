/**
 * Finds what a provider's refusal complains about, in the words of many servers. A refusal unrelated to the request's
 * form (a key, a prompt that is too long, filtered content) yields nothing.
 */
import { parsedJson } from "#lib/parsed-json.ts"
import { isObject, type JsonObject } from "./reader/wire-json.ts"

/**
 * Something that can be left out of a request, by its name in the body, or: "system" the role (its text moves into the
 * first question) · "schema" all but the basics of the tools' schemas · "image", "pdf" files (their names are sent) ·
 * "thoughts" · "stream" (the answer arrives whole) · "tool_ids" of a length that some servers refuse · and two that
 * add: "own_thoughts" gives every call the thought that led to it; "signatures" gives another model's calls what Google
 * accepts instead of its own signature.
 */
export type Change = string

export interface Refusal {
  status: number
  text: string
  /** undefined if the text is not JSON */
  json: unknown
}

/**
 * Finds the changes that a refusal names.
 * @param may what can be left out of the request
 * @returns an empty list if it names none of them
 */
export function changesNamedIn(refusal: Refusal, may: ReadonlySet<Change>): Change[] {
  const words = wordsOf(refusal)
  if (hopelessStatuses.includes(refusal.status) || isFinal(words)) return []
  const found = kinds.find(({ names, says = isUnsupported, leaves }) => {
    return may.has(leaves) && names.test(words) && says.test(words)
  })
  const parameter = parameterIn(words, may)
  // Groq suggests "stream" for an unknown name, and gateways list what is allowed only with it.
  if (parameter === "stream_options" && found?.leaves === "stream") return [parameter]
  if (found?.isFirst || (found && !parameter)) return [found.leaves]
  if (parameter) return [parameter]
  if (isTooLong.test(words)) return []
  const files = ["pdf", "image"].filter((kind) => may.has(kind))
  // Without its files the question can still be answered.
  return refusal.status === 400 || refusal.status === 415 || refusal.status === 422 ? files : []
}

/** Guesses what a vague "not supported" means, most likely first. */
export function guessesAt(refusal: Refusal, may: ReadonlySet<Change>): Change[] {
  const words = wordsOf(refusal)
  if (isFinal(words) || isTooLong.test(words) || isOfAddress.test(words)) return []
  // A template error names its place rather than its cause.
  const isOfTemplate = templateStatuses.includes(refusal.status) && isTemplateError.test(words)
  if (isOfTemplate) return ["tools", "system"].filter((change) => may.has(change))
  if (!guessableStatuses.includes(refusal.status) || !isUnsupported.test(words)) return []
  return ["stream_options", "tools", "system"].filter((change) => may.has(change))
}

/** Tells whether a refusal holds for later requests; false if only this one file is bad. */
export function isForGood(refusal: Refusal): boolean {
  const words = wordsOf(refusal)
  return !isBadFile.test(words) || isUnsupported.test(words)
}

/** Keys, payment, size, rate: leaving something out would not help. */
const hopelessStatuses = [401, 402, 403, 407, 408, 413, 429]
const guessableStatuses = [400, 404, 422, 501]
const templateStatuses = [400, 422, 500]

function isFinal(words: string): boolean {
  return isOfKeyOrContent.test(words) || isUnknownModel.test(words)
}

const isOfKeyOrContent =
  /content.?(?:filter|policy|management|moderation)|\bsafety\b|\bmoderat|responsible.?ai|api.?key|unauthori[sz]ed|authenticat|billing|payment|\bcredits?\b|\bquota\b|your (?:country|region|location)|rate.?limit/i
const isUnknownModel =
  /model\b[^.]{0,100}\b(?:not found|does not exist|doesn['’]t exist|not exist|no longer|not available|deprecated|decommissioned)|no such model|unknown model|invalid model|not a (?:chat|valid) model|deployment.{0,20}not found|pulling it first/i
const isTooLong =
  /context.?(?:length|window|size|limit)|maximum context|max(?:imum)? (?:number of )?tokens|prompt.{0,20}too long|input.{0,20}too long|too many (?:input )?tokens|token limit|exceed\w*.{0,60}(?:tokens?|context|limit|length)|reduce the length/i
/** LM Studio: "Error rendering prompt with jinja template" · llama.cpp: "Jinja Exception", "While executing …" · TGI: "Template error" */
const isTemplateError =
  /jinja (?:template|exception)|while executing \w+ at line|template.?error|(?:apply|applying|rendering) .{0,20}template/i
const isOfAddress = /\boperation\b|this endpoint|\/v1\/|in the .{0,40}endpoint/i
const isBadFile =
  /corrupt|could not (?:decode|process|read|load|parse|open|download)|cannot (?:decode|process|read|load|identify)|can['’]t (?:decode|process|read)|fail(?:ed|ure)? to (?:decode|process|read|load|parse|open|download)|unable to (?:decode|process|read|load|parse)|invalid (?:base64|image|picture|pdf|file)|too (?:large|big|small|many)|exceeds?|empty|dimensions?|password/i

const isUnsupported =
  /not[ _]?(?:be |currently |yet |fully )*(?:supported?|permitted|allowed|enabled|implemented|accepted|recogni[sz]ed|compiled|loaded|work)|(?:(?:do|does|did|is|are|can|was|were)(?: not|n['’]t)|cannot|can['’]t) (?:currently )?(?:support|accept|allow|recogni|have|take|handle|use|be used|see|read|work)|unsupported|unrecogni[sz]ed|unknown (?:parameter|field|argument|name|key|property|variant)|unexpected (?:keyword|field|property|argument|key|(?:message )?role|parameter)|extra[ _](?:inputs?|fields?|param\w*|forbidden)|additional propert|\bonly\b.{0,60}\bsupport|only allowed|cannot pass both|supports? only|no endpoints? found that support|requires? (?:the )?-|(?:must|should) (?:be )?alternat|cannot find field|must be (?:a )?(?:single )?string|expected (?:a )?string|valid string|invalid (?:type|content type|param\w*|role|field|argument)|not a multi-?modal|at most 0|no (?:support|vision)|disabled|drop_params/i
const isAnything = /./s

interface Kind {
  leaves: Change
  names: RegExp
  /** must match in addition to the name; default: "not supported" */
  says?: RegExp
  /** takes precedence over a named parameter */
  isFirst?: boolean
}

/** Checked in this order: the first that the request contains is left out. */
const kinds: Kind[] = [
  // DeepSeek: "must be passed back", "Missing `reasoning_content` field" · Moonshot: "reasoning_content is missing in …"
  {
    leaves: "own_thoughts",
    names: /reasoning_?content/i,
    says: /missing|must be (?:passed|provided|included|sent)|required/i,
    isFirst: true,
  },
  // Groq, Cerebras: "property 'reasoning_content' is unsupported" · Mistral, Fireworks: "Extra inputs are not permitted"
  // A template of gpt-oss: "Cannot pass both content and thinking in an assistant message with tool calls!"
  { leaves: "thoughts", names: /reasoning_?content|["'`.\]/ ]reasoning\b(?!_)|content and thinking/i, isFirst: true },
  // Google: "Function call is missing a thought_signature in functionCall parts", of what another model called
  { leaves: "signatures", names: /thought_?signature/i, says: /missing|required|invalid|corrupt/i, isFirst: true },
  // Mistral: "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9" · OpenAI: "tool_calls[0].id: string too long"
  {
    leaves: "tool_ids",
    names: /tool.?call.?ids?\b|tool_calls?\W.{0,6}\bid\b/i,
    says: /length|too long|must be|pattern|match/i,
    isFirst: true,
  },
  // llama.cpp: "Cannot use tools with stream" · Bedrock: "doesn't support tool use in streaming mode"
  {
    leaves: "stream",
    names:
      /(?:tool|function).{0,60}\b(?:in|with|when|while|during) (?:a )?stream|["'`/.]stream["'`\]]|\bstream(?:ing)?\b (?:mode )?(?:is|requests? are|responses? are)|(?:support|supported for) (?:streaming|stream\b)/i,
    isFirst: true,
  },
  // vLLM: "requires --enable-auto-tool-choice and --tool-call-parser" · llama.cpp: "tools param requires --jinja flag"
  { leaves: "tools", names: /enable-auto-tool-choice|tool-call-parser|--jinja/i, says: isAnything, isFirst: true },
  // Google: Unknown name "$schema" at 'tools[0].function_declarations[0].parameters' · OpenAI: "Invalid schema for function"
  {
    leaves: "schema",
    names:
      /\$schema|\$ref|\$defs|additional_?Properties|property_?Names|function_declarations?|input_schema|json.?schema|invalid schema|schema for (?:function|tool)|exclusiveM|\bany_?Of\b|\bone_?Of\b|["'`]strict["'`]/i,
    says: /unknown name|cannot find|invalid|unsupported|not support|not permitted|unrecogni|unexpected|unknown|keyword|not allowed/i,
    isFirst: true,
  },
  {
    leaves: "pdf",
    names:
      /\bpdfs?\b|file_data|variant ["'`]file|["'`](?:input_)?file["'`]|\bdocuments?\b|\bfiles? (?:input|content|part|upload|attach)/i,
    isFirst: true,
  },
  // llama.cpp: "… provide the mmproj" · OpenRouter: "No endpoints found that support image input" · DeepSeek: "unknown variant `image_url`"
  { leaves: "image", names: /image|\bvision\b|picture|multi-?modal|mmproj|model projector|\bvisual/i, isFirst: true },
  // A template that knows no role of a tool: "Only user, system and assistant roles are supported!"
  { leaves: "tools", names: /\bonly\b[^.!]{0,60}\bsystem\b[^.!]{0,60}\broles\b[^.!]{0,20}support/i, isFirst: true },
  // A template that knows no role of this name, or counts it as one of those that take turns.
  {
    leaves: "system",
    names:
      /\bsystem\b.{0,40}(?:role|message|prompt|instruction|not supp)|role.{0,40}\bsystem\b|["'`]system["'`]|developer.{0,20}(?:role|message|instruction)|messages?\W{0,2}0\W{0,2}\.?role|(?:must|should) (?:be )?alternat|roles? (?:is|are) supported|unexpected (?:message )?role/i,
  },
  {
    leaves: "tools",
    names:
      /\btools?\b|\btool_|function.?call|\bfunctions?\b|unexpected (?:message )?role|(?:must|should) (?:be )?alternat/i,
  },
]

/** Finds a body field that a server does not know, by its name there; `maxTokens` is read as `max_tokens`. */
function parameterIn(words: string, may: ReadonlySet<Change>): Change | undefined {
  if (!isUnsupported.test(words)) return undefined
  const snakeCase = words.replace(/[a-z][A-Z]/g, ([lower = "", upper = ""]) => `${lower}_${upper.toLowerCase()}`)
  return [...may].find((name) => {
    if (otherChanges.has(name)) return false
    // A short name is an ordinary word, so it counts only between quotes or as a path in the body.
    const isWord = !name.includes("_") && name.length < 8
    return new RegExp(
      isWord ? `["'\`]${name}["'\`]|(?:#/|body[./])${name}\\b` : `(?:^|[^a-z_])${name}(?![a-z_])`,
      "i",
    ).test(snakeCase)
  })
}

const otherChanges = new Set([
  "tools",
  "system",
  "schema",
  "image",
  "pdf",
  "thoughts",
  "own_thoughts",
  "stream",
  "tool_ids",
  "signatures",
])

/** Collects a refusal's texts without what it repeats of the request, since a question may say anything. */
function wordsOf({ json, text }: Refusal): string {
  const words: string[] = []
  const value = json ?? text
  collect(value, words)
  return words.join("\n").slice(0, 4_000)
}

const echoedFields = ["input", "request", "messages", "prompt", "ctx", "body", "request_id", "url", "user"]

function collect(value: unknown, words: string[]): void {
  if (words.length > 200) return
  if (typeof value === "string") {
    // Gateways wrap the provider's answer as text.
    const inner = /^\s*[{[]/.test(value) ? parsedJson(value) : undefined
    if (isObject(inner) || Array.isArray(inner)) collect(inner, words)
    else words.push(value)
  } else if (Array.isArray(value)) {
    const isPlace = value.length > 0 && value.every((item) => typeof item === "string" || typeof item === "number")
    if (isPlace) words.push(`"${value.join(".")}"`)
    else for (const item of value) collect(item, words)
  } else if (isObject(value)) collectFields(value, words)
}

function collectFields(value: JsonObject, words: string[]): void {
  for (const [name, field] of Object.entries(value)) if (!echoedFields.includes(name)) collect(field, words)
}
