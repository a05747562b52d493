#!/usr/bin/env bash
# @durable-streams/client 0.2.7 at @durable-streams/server 0.3.7: what subscribers have when `response.closed` resolves.
#
# Guess:  every item. "Resolves when the session has fully closed": code that awaits it may then read what it gathered,
#         however the client was told to listen. (A colleague's trial had shown otherwise before this was written.)
# Seen:   true over SSE. In a long poll `closed` resolves before the batch that closes the stream is given out: one of
#         three items is there, and the other two follow. That batch itself says `streamClosed: true`.
# For us: a client of the durable address must take `batch.streamClosed` for the end of an answer, not `closed`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @durable-streams/client@0.2.7 @durable-streams/server@0.3.7
cat >run.mjs <<'JS'
import { stream } from "@durable-streams/client"
import { DurableStreamTestServer } from "@durable-streams/server"

const server = new DurableStreamTestServer({ host: "127.0.0.1", port: 0 })
const base = await server.start()
const json = { "content-type": "application/json" }
for (const live of ["long-poll", "sse"]) {
  const url = `${base}/${live}`
  await fetch(url, { method: "PUT", headers: json })
  await fetch(url, { method: "POST", headers: json, body: "[1]" })
  const response = await stream({ url, live, json: true, offset: "-1" })
  const items = []
  let append
  const lastBatch = new Promise((resolve) => {
    response.subscribeJson((batch) => {
      items.push(...batch.items)
      append ??= fetch(url, { method: "POST", headers: { ...json, "stream-closed": "true" }, body: "[2, 3]" })
      if (batch.streamClosed) resolve()
    })
  })
  await response.closed
  const atClosed = items.join(" ")
  await Promise.all([append, lastBatch])
  console.log(`${live}: at closed ${atClosed}, at the last batch ${items.join(" ")}`)
}
await server.stop()
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'long-poll: at closed 1, at the last batch 1 2 3\nsse: at closed 1 2 3, at the last batch 1 2 3' ] || { echo "CHANGED" >&2; exit 1; }
