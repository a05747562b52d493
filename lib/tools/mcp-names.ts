import { createHash } from "node:crypto"

/** What models' providers take as a tool's name. */
const nameChars = 64

/**
 * A name of its own for each tool of each server, the same after every restart, whatever else is there just now: calls
 * that wait for the user find their tool by it. It is the plain `server_tool` where that fits and can be no other's; else
 * it ends with a mark made of both names.
 * @param servers the names of all servers that are configured
 * @param taken names of our own tools
 */
export function mcpToolName(server: string, tool: string, among: { servers: string[]; taken: string[] }): string {
  const plain = `${server}_${tool}`
  const mayBeAnothers = among.servers.some((other) => other !== server && plain.startsWith(`${other}_`))
  const isPlain = /^[\w-]+$/.test(plain) && plain.length <= nameChars
  if (isPlain && !mayBeAnothers && !among.taken.includes(plain)) return plain
  const mark = `_${createHash("sha256").update(`${server}\0${tool}`).digest("hex").slice(0, 10)}`
  return plain.replace(/[^\w-]/g, "_").slice(0, nameChars - mark.length) + mark
}
