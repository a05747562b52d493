/** Reads the configurations in `docs/how/deployment.md`, so that operators copy what is tested. */
import { readFileSync } from "node:fs"

export interface Addresses {
  /** where the proxy listens, on 127.0.0.1 */
  port: number
  /** where Rejoin listens, on 127.0.0.1 */
  serverPort: number
}

/** @returns the block below that heading, with the public address and the server's replaced */
export function documentedConfiguration(heading: string, { port, serverPort }: Addresses): string {
  const block = blocks.get(heading)
  if (block === undefined) throw new Error(`docs/how/deployment.md has no configuration for ${heading}`)
  return (
    block
      .replaceAll("3000", String(serverPort))
      // Each proxy says in its own way where it listens.
      .replace(/chat\.example\.org \{/, `http://127.0.0.1:${port} {`)
      .replace(/listen 80;/, `listen 127.0.0.1:${port};`)
      .replace(/\*:80\b|bind :80\b/, (listens) => listens.replace(/\*?:80/, `127.0.0.1:${port}`))
      .replace(/http_port 80\b/, `http_port 127.0.0.1:${port}`)
      .replace(/port: 80\b/, `host: 127.0.0.1\n      port: ${port}`)
  )
}

const text = readFileSync("docs/how/deployment.md", "utf8")
const blocks = new Map(
  [...text.matchAll(/^## (.+)\n[^#]*?^```\w+\n([^`]*)^```$/gm)].map(([, heading = "", block = ""]) => [heading, block]),
)
