import { after } from "next/server"
import type { Logger } from "pino"

/**
 * Keeps a serverless process alive until the work is done, even if the response's reader has left. A server process
 * lives anyway, and outside Next's requests (in tests) there is no `after`.
 */
export function outliveResponse(work: Promise<unknown>, logger: Logger): void {
  try {
    after(work)
  } catch (error) {
    logger.debug({ err: error }, "after() is not available here")
  }
}
