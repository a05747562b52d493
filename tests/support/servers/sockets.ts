import { readFile } from "node:fs/promises"

const established = "01"

/** @returns how many connections to this port of this machine are open on the side that listens (Linux) */
export async function openSockets(port: number): Promise<number> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8")))
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  return tables
    .flatMap((table) => table.split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, here, , state]) => here?.endsWith(local) && state === established).length
}
