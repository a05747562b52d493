#!/usr/bin/env bash
# ai 7.0.173: the word that smoothStream holds back when a stream ends without an end part.
#
# Guess:  a transform that holds words back emits them when its input closes.
# Seen:   the last word is lost if no text-end or finish follows it, as in a stream that was cut off: of "hello world"
#         only "hello " comes out. With a text-end after it "world" comes out too.
# For us: a partial answer loses a word in the transform, before anything can store it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ai@7.0.173
cat >run.mjs <<'JS'
import { smoothStream } from "ai"

async function smoothed(parts) {
  const source = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
  let text = ""
  for await (const part of source.pipeThrough(smoothStream({ delayInMs: null })({ tools: {} })))
    if (part.type === "text-delta") text += part.text
  return text
}
const begun = [{ type: "text-start", id: "0" }, { type: "text-delta", id: "0", text: "hello world" }]
console.log(`cut off: "${await smoothed(begun)}"`)
console.log(`ended: "${await smoothed([...begun, { type: "text-end", id: "0" }])}"`)
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'cut off: "hello "\nended: "hello world"' ] || { echo "CHANGED" >&2; exit 1; }
