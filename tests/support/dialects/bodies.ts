import { gzipSync } from "node:zlib"
import { type Dialects, event, finish, hello, says, usage } from "./dialect.ts"
import { whole } from "./thoughts.ts"

const json = { head: { headers: { "Content-Type": "application/json" } } }
const message = { role: "assistant", content: "Hello world." }

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
}

/** In two packets, the first of which ends in the middle of the character. */
function cut(text: string, character: string): { bytes: Uint8Array }[] {
  const bytes = Buffer.from(text)
  const at = bytes.indexOf(character) + 2
  return [{ bytes: bytes.subarray(0, at) }, { bytes: bytes.subarray(at) }]
}
