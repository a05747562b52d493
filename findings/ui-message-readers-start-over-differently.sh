#!/usr/bin/env bash
# ai 7.0.173: a stream whose producer begins again, so that a second `start` comes after the first attempt's text.
#
# Guess:  `start` begins a message, so the second attempt replaces the first wherever the stream is read. With the same id
#         I knew a colleague's trial and the condition in the source; for another id I expected one message, "second".
# Seen:   with the same id every reader shows both texts. With another id there are three results: readUIMessageStream shows
#         the second; a chat that sends shows both as one message, under the new id; a chat that resumes shows two
#         messages. Only the first `start` of a resumed stream replaces what was shown. `reset-step` clears the step in
#         all three.
# For us: a server that must begin again cannot say so with `start` in a running stream. It can send `reset-step` while the
#         first step is open; later it has to break the stream off, so that readers resume and get a replay.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ai@7.0.173
cat >run.mjs <<'JS'
import { AbstractChat, readUIMessageStream } from "ai"

class Chat extends AbstractChat {
  constructor(transport) {
    const messages = []
    const state = {
      messages,
      status: "ready",
      pushMessage: (message) => messages.push(message),
      replaceMessage: (index, message) => messages.splice(index, 1, message),
      snapshot: structuredClone,
    }
    super({ state, transport })
  }
}

// The first attempt breaks off in the middle of its text: no `text-end`.
const text = (delta) => [{ type: "text-start", id: "t" }, { type: "text-delta", id: "t", delta }]
const attempt = (messageId, delta) => [{ type: "start", messageId }, { type: "start-step" }, ...text(delta)]
const end = [{ type: "text-end", id: "t" }, { type: "finish-step" }, { type: "finish" }]
const streamOf = (chunks) => ReadableStream.from(chunks)
const shown = (messages) =>
  messages
    .filter(({ role }) => role === "assistant")
    .map(({ id, parts }) => `${id} ${parts.map((part) => part.text ?? "").join("")}`)
    .join(", ")
const transport = (sent, resumed) => ({
  resumeStreamIsReplay: true,
  sendMessages: async () => streamOf(sent),
  reconnectToStream: async () => streamOf(resumed),
})

const secondAttempts = {
  "same id": attempt("a", "second"),
  "other id": attempt("b", "second"),
  "reset-step": [{ type: "reset-step" }, ...text("second")],
}
for (const [name, second] of Object.entries(secondAttempts)) {
  const whole = [...attempt("a", "first"), ...second, ...end]
  let read
  for await (const message of readUIMessageStream({ stream: streamOf(whole) })) read = message
  const sending = new Chat(transport(whole, []))
  await sending.sendMessage({ text: "Hi" })
  const resuming = new Chat(transport(attempt("a", "before"), whole))
  await resuming.sendMessage({ text: "Hi" })
  await resuming.resumeStream()
  console.log(`${name}: read [${shown([read])}], sent [${shown(sending.messages)}], resumed [${shown(resuming.messages)}]`)
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "same id: read [a firstsecond], sent [a firstsecond], resumed [a firstsecond]
other id: read [b second], sent [b firstsecond], resumed [a first, b second]
reset-step: read [a second], sent [a second], resumed [a second]" ] || { echo "CHANGED" >&2; exit 1; }
