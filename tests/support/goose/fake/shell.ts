import { spawn } from "node:child_process"
import { once } from "node:events"

export interface Output {
  stdout: string
  stderr: string
  exit_code: number
}

export interface Live {
  sequence: number
  chunks: { stream: "stdout" | "stderr"; output: string }[]
  truncated: boolean
}

export interface ShellPlace {
  cwd: string
  sessionId: string
  /** kills it, with all that it started */
  signal: AbortSignal
}

const flushMs = 50

/**
 * Really runs a command. Lines are told as they come, the first at once, later ones twenty times a second, and those that
 * come last not at all: they are in the output.
 * @throws the signal's reason if it aborts
 */
export async function runShell(command: string, place: ShellPlace, onLive: (live: Live) => void): Promise<Output> {
  const child = spawn("sh", ["-c", command], {
    cwd: place.cwd,
    env: { ...process.env, AGENT_SESSION_ID: place.sessionId },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: it is killed with its children, and lives on if this process is killed.
    detached: true,
  })
  const texts = { stdout: "", stderr: "" }
  const untold = { stdout: "", stderr: "" }
  let sequence = 0

  function flush(): void {
    const chunks = (["stdout", "stderr"] as const).flatMap((stream) => {
      const lines = untold[stream].slice(0, untold[stream].lastIndexOf("\n") + 1)
      untold[stream] = untold[stream].slice(lines.length)
      return lines === "" ? [] : [{ stream, output: lines }]
    })
    if (chunks.length > 0) onLive({ sequence: ++sequence, chunks, truncated: false })
  }
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text
      untold[stream] += text
      if (sequence === 0) flush()
    })
  }

  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // It has just ended by itself.
    }
  }
  place.signal.addEventListener("abort", kill, { once: true })
  const timer = setInterval(flush, flushMs)
  try {
    const [code] = await once(child, "close")
    place.signal.throwIfAborted()
    return { stdout: texts.stdout.trimEnd(), stderr: texts.stderr.trimEnd(), exit_code: code ?? -1 }
  } finally {
    clearInterval(timer)
    place.signal.removeEventListener("abort", kill)
  }
}
