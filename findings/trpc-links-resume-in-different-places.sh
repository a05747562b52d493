#!/usr/bin/env bash
# @trpc/client 11.25.2 with @trpc/server 11.25.2: where a subscription resumes after an event without an id.
#
# Guess:  from the last id that came, over either link: an event that was not `tracked` says nothing about the position.
#         (A colleague had read otherwise in the source before this was written.)
# Seen:   httpSubscriptionLink does so. wsLink takes the missing id for the new position: after "1", "2"
#         and a plain event it asks without any id, and the server, which takes it for a newcomer, sends all again.
# For us: each event of a subscription needs an id, also one that is no position (`storedId` in lib/trpc/follow-answer.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @trpc/client@11.25.2 @trpc/server@11.25.2 eventsource@5.1.5 ws@8.23.0
cat >run.mjs <<'JS'
import { createServer } from "node:http"
import { createTRPCClient, createWSClient, httpSubscriptionLink, wsLink } from "@trpc/client"
import { initTRPC, tracked } from "@trpc/server"
import { createHTTPHandler } from "@trpc/server/adapters/standalone"
import { applyWSSHandler } from "@trpc/server/adapters/ws"
import { EventSource } from "eventsource"
import { WebSocket, WebSocketServer } from "ws"

const { procedure, router: routerOf } = initTRPC.create()
let asked = []
const router = routerOf({
  words: procedure
    .input((input) => input)
    .subscription(async function* ({ input }) {
      asked.push(input.lastEventId ?? "none")
      if (asked.length > 1) return
      yield tracked("1", "one")
      yield tracked("2", "two")
      yield "a plain notice"
      await new Promise(() => {})
    }),
})
const server = createServer(createHTTPHandler({ router }))
const wss = new WebSocketServer({ server })
applyWSSHandler({ wss, router })
await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
const url = `//127.0.0.1:${server.address().port}`
const links = {
  httpSubscriptionLink: httpSubscriptionLink({ url: `http:${url}`, EventSource }),
  wsLink: wsLink({ client: createWSClient({ url: `ws:${url}`, WebSocket, retryDelayMs: () => 1 }) }),
}

for (const [name, link] of Object.entries(links)) {
  asked = []
  const client = createTRPCClient({ links: [link] })
  await new Promise((onComplete) => {
    const onData = (data) => {
      if (data !== "a plain notice") return
      for (const socket of wss.clients) socket.terminate()
      server.closeAllConnections()
    }
    client.words.subscribe({}, { onData, onComplete })
  })
  console.log(`${name}: asks after ${asked.join(", then after ")}`)
}
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'httpSubscriptionLink: asks after none, then after 2\nwsLink: asks after none, then after none' ] || { echo "CHANGED" >&2; exit 1; }
