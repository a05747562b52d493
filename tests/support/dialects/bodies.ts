import { gzipSync } from "node:zlib"
import {
  type Dialects,
  event,
  finish,
  hello,
  type Meaning,
  says,
  usage,
  usageChunk,
  type WirePiece,
} from "./dialect.ts"
import { whole } from "./thoughts.ts"

const json = { head: { headers: { "Content-Type": "application/json" } } }
const message = { role: "assistant", content: "Hello world." }

const refused: Meaning = { status: "ERROR", code: "provider_refused", text: "", usage: "nothing" }
const wholeText = JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }], usage })

function closing(type: string, length: number): WirePiece {
  return { head: { headers: { "Content-Type": type, "Content-Length": String(length), Connection: "close" } } }
}

/** D7: an answer in one piece though a stream was asked for. */
export const bodies: Dialects = {
  "whole-json": {
    row: "D7",
    about: "a whole completion: proxies and servers that know no streams",
    wire: whole(message),
    means: {},
  },
  "whole-json-thought": {
    row: "D7",
    about: "the same with a thought",
    wire: whole({ ...message, reasoning_content: "hm so." }),
    means: { thought: "hm so." },
  },
  "whole-json-named-otherwise": {
    row: "D7",
    about: "the same under the name of plain text",
    wire: [{ head: { headers: { "Content-Type": "text/plain; charset=utf-8" } } }, whole(message)[1] ?? ""],
    means: {},
  },
  "whole-event": {
    row: "D7",
    about: "a whole completion as the only event",
    wire: [event({ object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage })],
    means: {},
  },
  "stream-named-json": {
    row: "D7",
    about: "a stream under the name of JSON",
    wire: [json, ...hello()],
    means: {},
  },
  "json-lines": {
    row: "D7",
    about: "JSON lines",
    wire: [
      { head: { headers: { "Content-Type": "application/x-ndjson" } } },
      ...[says("Hello"), says(" world."), finish("stop", { usage })].map((line) => line.slice("data: ".length, -1)),
    ],
    means: {},
  },
  "json-error-busy": {
    row: "D7",
    about: "status 200, and an error with the code of being busy",
    wire: [json, JSON.stringify({ error: { code: 429, message: "Rate limit reached for sk-secret" } })],
    means: { status: "ERROR", code: "provider_rate_limited", text: "", usage: "nothing" },
  },
  "json-error-refused": {
    row: "D7",
    about: "status 200, and an error with the code of a refusal, in a list: Google",
    wire: [json, JSON.stringify([{ error: { code: 400, message: "Bad", status: "INVALID_ARGUMENT" } }])],
    means: { status: "ERROR", code: "provider_refused", text: "", usage: "nothing" },
  },
  "json-something-else": {
    row: "D7",
    about: "status 200, and JSON that is no answer",
    wire: [json, JSON.stringify({ hello: "there you are" })],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "empty-body": {
    row: "D7",
    about: "status 200 and not a byte: proxies whose server has gone",
    wire: [json],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "no-content": {
    row: "D7",
    about: "status 204: gateways that lost the answer",
    wire: [{ head: { status: 204, headers: {} } }],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  gzip: {
    row: "D7",
    about: "compressed, though nobody asked for it: proxies",
    wire: [
      { head: { headers: { "Content-Type": "text/event-stream", "Content-Encoding": "gzip" } } },
      { bytes: gzipSync(hello().join("")) },
    ],
    means: {},
  },
  "cut-characters": {
    row: "D7",
    about: "characters cut between two packets",
    wire: hello({ words: cut(says("Héllo 🧵 world."), "🧵") }),
    means: { text: "Héllo 🧵 world." },
  },
  redirect: {
    row: "D7",
    about: "a redirect that turns a question into a look at a page: proxies that want a sign-in",
    wire: [{ head: { status: 302, headers: { Location: "/sign-in" } } }],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "redirect-to-nowhere": {
    row: "D7",
    about: "a redirect without an address",
    wire: [{ head: { status: 307, headers: {} } }],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "refused-without-a-word": {
    row: "D7",
    about: "status 400 and not a byte",
    wire: [{ head: { status: 400, headers: {} } }],
    means: refused,
  },
  "refused-in-a-list": {
    row: "D7",
    about: "status 400 and a list of errors: Google",
    wire: [
      { head: { status: 400, headers: { "Content-Type": "application/json" } } },
      JSON.stringify([{ error: { code: 400, message: "The key sk-secret is none.", status: "INVALID_ARGUMENT" } }]),
    ],
    means: refused,
  },
  "refused-with-a-page": {
    row: "D7",
    about: "status 400 and a page: proxies",
    wire: [
      { head: { status: 400, headers: { "Content-Type": "text/html" } } },
      "<html><head><title>400 Bad Request</title></head><body>Request Header Or Cookie Too Large</body></html>",
    ],
    means: refused,
  },
  "length-too-long": {
    row: "D7",
    about: "a whole completion shorter than it was said to be",
    wire: [closing("application/json", wholeText.length + 50), wholeText],
    means: {},
  },
  "length-too-long-stream": {
    row: "D7",
    about: "a stream shorter than it was said to be",
    wire: [closing("text/event-stream", hello().join("").length + 50), ...hello()],
    means: {},
  },
  "cut-in-an-event": {
    row: "D7",
    about: "a connection that is lost in the middle of an event",
    wire: [closing("text/event-stream", 5_000), ...hello({ end: [says(" And").slice(0, -20)] })],
    means: { status: "ERROR", code: "provider_truncated", usage: "estimated" },
  },
  "cut-in-the-last-event": {
    row: "D7",
    about: "the same behind a good finish reason",
    wire: [closing("text/event-stream", 5_000), ...hello({ end: [finish(), usageChunk().slice(0, -20)] })],
    means: { usage: "estimated" },
  },
  "length-too-short": {
    row: "D7",
    about: "a whole completion longer than it was said to be",
    wire: [closing("application/json", wholeText.length - 50), wholeText],
    means: { status: "ERROR", code: "provider_bad_response", text: "", usage: "nothing" },
  },
  "length-too-short-stream": {
    row: "D7",
    about: "a stream longer than it was said to be",
    wire: [closing("text/event-stream", hello().slice(0, 3).join("").length - 30), ...hello()],
    means: { status: "ERROR", code: "provider_truncated", text: "Hello", usage: "estimated" },
  },
}

/** In two packets, the first of which ends in the middle of the character. */
function cut(text: string, character: string): { bytes: Uint8Array }[] {
  const bytes = Buffer.from(text)
  const at = bytes.indexOf(character) + 2
  return [{ bytes: bytes.subarray(0, at) }, { bytes: bytes.subarray(at) }]
}
