/** Goose as a process of its own for each turn, a fall-back: it ends with our server, and its run with it. */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { type Connection, ConnectionGone, type Receiver, Unreachable } from "./connection.ts"
import { messageIn } from "./shapes.ts"

/** @param command a program and its arguments, separated by spaces, such as `goose acp` */
export async function openCommand(command: string, receiver: Receiver): Promise<Connection> {
  const [program = "", ...rest] = command.trim().split(/\s+/)
  // Goose logs to stderr, with addresses; it is an operator's to configure where its own log goes.
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "ignore"] })
  let isOver = false
  const over = () => {
    if (!isOver) receiver.gone(new ConnectionGone("Goose has ended"))
    isOver = true
  }
  // Writing to a process that has just ended is an error of the pipe.
  child.stdin.on("error", over)
  child.on("exit", over)
  try {
    await once(child, "spawn")
  } catch {
    isOver = true
    throw new Unreachable("The command for Goose cannot be started")
  }
  child.on("error", over)
  const lines = createInterface({ input: child.stdout })
  const reading = async () => {
    for await (const line of lines) {
      const message = messageIn(line)
      if (message) await receiver.message(message)
    }
  }
  reading().then(over, over)
  const leave = () => {
    isOver = true
    // Goose ends with its input.
    child.stdin.end()
  }
  return {
    id: `command-${randomUUID()}`,
    isDurable: false,
    reopened: 0,
    join: () => Promise.resolve(),
    async send(message) {
      if (isOver) throw new ConnectionGone("Goose has ended")
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    },
    leave,
    async close() {
      leave()
      const killing = setTimeout(() => child.kill("SIGKILL"), 2_000)
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      clearTimeout(killing)
    },
  }
}
