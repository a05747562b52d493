/** What measurements of a running server share: guests, and the CPU time of its processes. */
import { readFileSync } from "node:fs"
import type { AppProcess } from "#tests/support/servers/app-process.ts"

/** Signs in a guest. @returns its cookies */
export async function signIn({ url }: AppProcess): Promise<string> {
  const headers = { "content-type": "application/json" }
  const response = await fetch(`${url}/api/auth/sign-in/anonymous`, { method: "POST", headers, body: "{}" })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ")
}

/** Sums user and system time, which Linux counts in hundredths of a second. */
export function cpuSecondsOf(servers: Pick<AppProcess, "pid">[]): number {
  return servers.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ")
    return sum + (Number(fields[11]) + Number(fields[12])) / 100
  }, 0)
}
