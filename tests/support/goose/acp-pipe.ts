/** A plain client of Goose's WebSocket, or of `goose acp` by its standard input and output, for tests. */
import { spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { createInterface } from "node:readline"
import WebSocket from "ws"
import { killAtExit } from "../kill-at-exit.ts"
import type { AcpMessage } from "./acp-connection.ts"
import { gooseCommand } from "./goose-process.ts"
import type { StartedGoose } from "./start-goose.ts"

export interface AcpPipe {
  messages: AcpMessage[]
  /** Sends messages in one write. */
  send(...messages: object[]): void
  next(isSo: (message: AcpMessage) => boolean): Promise<AcpMessage>
  /** Closes it from this side. */
  close(): void
  /** how it ended: a WebSocket's code, or the exit code of the process */
  closed: Promise<number>
}

export async function openSocket(goose: StartedGoose): Promise<AcpPipe> {
  const socket = new WebSocket(`${goose.url.replace("http", "ws")}/acp`, { headers: { "X-Secret-Key": goose.secret } })
  const inbox = openInbox()
  socket.on("message", (data) => inbox.add(String(data)))
  const closed = once(socket, "close").then(([code]) => Number(code))
  await once(socket, "open")
  return {
    ...inbox,
    closed,
    close: () => socket.terminate(),
    send(...messages) {
      for (const message of messages) socket.send(lineOf(message))
    },
  }
}

/** Starts a Goose of its own, on the same home. */
export function openStdio(goose: StartedGoose): AcpPipe {
  const [program, ...rest] = gooseCommand(goose.kind)
  const child = spawn(program, [...rest, "acp"], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", ...goose.environment },
    stdio: ["pipe", "pipe", "ignore"],
  })
  killAtExit(child)
  const inbox = openInbox()
  createInterface({ input: child.stdout }).on("line", inbox.add)
  return {
    ...inbox,
    closed: once(child, "exit").then(([code]) => Number(code)),
    close: () => child.stdin.end(),
    send: (...messages) => void child.stdin.write(messages.map((message) => `${lineOf(message)}\n`).join("")),
  }
}

const lineOf = (message: object) => JSON.stringify({ jsonrpc: "2.0", ...message })

function openInbox() {
  const messages: AcpMessage[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  return {
    messages,
    add(text: string) {
      messages.push(JSON.parse(text))
      changes.emit("change")
    },
    async next(isSo: (message: AcpMessage) => boolean): Promise<AcpMessage> {
      for (;;) {
        const found = messages.find(isSo)
        if (found) return found
        await once(changes, "change", { signal: AbortSignal.timeout(60_000) })
      }
    },
  }
}
