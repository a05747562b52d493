#!/usr/bin/env bash
# reconnecting-websocket 4.4.0 and partysocket 1.3.0: the order of what is sent while closed and what an `open` listener sends.
#
# Guess:  `open` comes first, as with a WebSocket, where nothing can leave before it: the listener greets (a token, "resume
#         after 7"), and what was queued follows. (For reconnecting-websocket I remembered a line of the source that said
#         otherwise, and wrote that down before the first run.)
# Seen:   both send the queue first and call the listener afterwards, at the first connection and at each later one. The
#         greeting arrives second, so a server that wants it first refuses the connection for the user's own message.
# For us: a server cannot demand that a greeting comes first. What it must know at once belongs in the upgrade request, as
#         the session does with our sockets.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund partysocket@1.3.0 reconnecting-websocket@4.4.0 ws@8.23.0
cat >run.mjs <<'JS'
import PartySocket from "partysocket/ws"
import ReconnectingWebSocket from "reconnecting-websocket"
import { WebSocket, WebSocketServer } from "ws"

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
await new Promise((ready) => server.once("listening", ready))
const url = `ws://127.0.0.1:${server.address().port}`

for (const [name, Socket] of Object.entries({ "reconnecting-websocket": ReconnectingWebSocket, partysocket: PartySocket })) {
  const connection = () =>
    new Promise((resolve) => {
      server.once("connection", (socket) => {
        const received = []
        socket.on("message", (message) => received.push(`${message}`) === 2 && resolve({ socket, received }))
      })
    })
  const first = connection()
  const client = new Socket(url, [], { WebSocket, minReconnectionDelay: 1, maxReconnectionDelay: 1 })
  client.addEventListener("open", () => client.send("greeting"))
  client.send("question")
  const { socket, received } = await first
  console.log(`${name}, first: ${received.join(", ")}`)

  const second = connection()
  client.addEventListener("close", () => client.send("question"), { once: true })
  socket.terminate()
  console.log(`${name}, again: ${(await second).received.join(", ")}`)
  client.close()
}
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "reconnecting-websocket, first: question, greeting
reconnecting-websocket, again: question, greeting
partysocket, first: question, greeting
partysocket, again: question, greeting" ] || { echo "CHANGED" >&2; exit 1; }
