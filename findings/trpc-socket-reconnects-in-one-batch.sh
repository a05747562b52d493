#!/usr/bin/env bash
# @trpc/client 11.25.2 wsLink with @trpc/server 11.25.2 and `maxBatchSize: 10`: eleven subscriptions, opened one after another.
#
# Guess:  `maxBatchSize` bounds what a client chooses to batch. Subscriptions that were opened one by one never were a batch,
#         so after a lost connection they come back as they came. (A colleague had seen otherwise before this was written.)
# Seen:   ten come back. Of eleven none does: the client sends all it holds in one batch on the new connection, and the
#         server refuses the whole batch with BAD_REQUEST. wsLink has no `maxItems` with which to cut it.
# For us: a server's limit for batches is also how many subscriptions a client gets back after a cut, so lib/trpc/context.ts
#         has one number for batches and for the answers that are followed at a time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @trpc/client@11.25.2 @trpc/server@11.25.2 ws@8.23.0
cat >run.mjs <<'JS'
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client"
import { initTRPC } from "@trpc/server"
import { applyWSSHandler } from "@trpc/server/adapters/ws"
import { WebSocket, WebSocketServer } from "ws"

const { procedure, router: routerOf } = initTRPC.create()
const router = routerOf({
  words: procedure.subscription(async function* () {
    yield "one"
    await new Promise(() => {})
  }),
})
const wss = new WebSocketServer({ host: "127.0.0.1", port: 0 })
await new Promise((ready) => wss.once("listening", ready))
applyWSSHandler({ wss, router, maxBatchSize: 10 })

for (const count of [10, 11]) {
  const url = `ws://127.0.0.1:${wss.address().port}`
  const ws = createWSClient({ url, WebSocket, retryDelayMs: () => 1 })
  const client = createTRPCClient({ links: [wsLink({ client: ws })] })
  const before = []
  const after = []
  let onOutcome
  const observer = {
    onData: () => onOutcome("open"),
    onError: (error) => onOutcome(error.message),
  }
  for (let opened = 0; opened < count; opened++) {
    const outcome = await new Promise((resolve) => {
      onOutcome = resolve
      client.words.subscribe(undefined, observer)
    })
    before.push(outcome)
  }
  await new Promise((resolve) => {
    onOutcome = (outcome) => after.push(outcome) === count && resolve()
    for (const socket of wss.clients) socket.terminate()
  })
  console.log(`${count}: ${[...new Set(before)]}, after a cut ${[...new Set(after)]}`)
  await ws.close()
}
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'10: open, after a cut open\n11: open, after a cut Batch call exceeds maximum size' ] || { echo "CHANGED" >&2; exit 1; }
