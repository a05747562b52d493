import { after } from "next/server"
import type { Logger } from "pino"

/**
 * Keeps a serverless process alive until the work is done, whether or not somebody still reads the response.
 * Elsewhere the process lives anyway; outside Next's own requests (in tests) there is nothing to tell.
 */
export function outliveResponse(work: Promise<unknown>, logger: Logger): void {
  try {
    after(work)
  } catch (error) {
    logger.debug({ err: error }, "after() is not available here")
  }
}
