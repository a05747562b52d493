/**
 * A Goose for tests: a program with the real one's subcommands, settings and manners, and no model or tool of its own
 * but a shell. `tests/goose` runs the same suite on both.
 *
 *     node tests/support/goose/fake-goose.ts serve --host 127.0.0.1 --port 8090
 *     node tests/support/goose/fake-goose.ts acp
 */
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { startAgent } from "./fake/agent.ts"
import { startConnection } from "./fake/json-rpc.ts"
import { serve } from "./fake/serve.ts"
import { settingsOf } from "./fake/settings.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { host: { type: "string", default: "127.0.0.1" }, port: { type: "string", default: "3284" } },
})
const settings = settingsOf(process.env)

if (positionals[0] === "serve") {
  if (settings.secret === "") throw new Error("GOOSE_SERVER__SECRET_KEY is missing")
  const endAll = await serve(settings, { host: values.host, port: Number(values.port) })
  process.on("SIGTERM", () => {
    endAll()
    process.exit(0)
  })
} else if (positionals[0] === "acp") {
  const connection = startConnection(startAgent(settings), (message) => {
    process.stdout.write(`${JSON.stringify(message)}\n`)
  })
  const lines = createInterface({ input: process.stdin })
  lines.on("line", (line) => connection.receive(JSON.parse(line)))
  lines.on("close", () => {
    connection.end()
    process.exit(0)
  })
} else {
  throw new Error("say serve or acp")
}
