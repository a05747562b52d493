import { after } from "next/server"
import { createResumableStreamContext, type ResumableStreamContext } from "resumable-stream/ioredis"

let context: ResumableStreamContext | undefined

/** One for the process, as in the package's README, since a context has two connections; `next build` has no Redis. */
export function streamContext(): ResumableStreamContext {
  context ??= createResumableStreamContext({ waitUntil: after })
  return context
}
