import { createHash } from "node:crypto"

/** The longest tool name that providers accept. */
const nameChars = 64

/**
 * Gives each tool of each server a unique name that is the same after every restart: calls that wait for the user
 * find their tool by it. It is `server_tool` if that fits and is unambiguous. Otherwise it ends with a hash of both
 * names.
 * @param servers the names of all configured servers
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
