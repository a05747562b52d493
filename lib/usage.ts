import type { ChargeRepository } from "#db/repository/charge-repository.ts"
import type { UsagePage } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"

const answersPerPage = 100

interface UsageServices {
  charges: ChargeRepository
  config: { freeCredits: number }
}

/**
 * Reads a page of a user's usage.
 * @param cursor the previous page's `nextCursor`
 * @throws ChatError "invalid_cursor"
 */
export async function readUsage(
  { charges, config }: UsageServices,
  userId: string,
  cursor?: string,
): Promise<UsagePage> {
  const [credits, page] = await Promise.all([
    charges.creditsOf(userId),
    charges.listCharges(userId, answersPerPage, cursor),
  ])
  return {
    credits: config.freeCredits > 0 ? credits : null,
    answers: page.charges.map(({ isLowerBound, createdAt, ...charge }) => ({
      ...charge,
      ...(isLowerBound && { isLowerBound }),
      createdAt: createdAt.toISOString(),
    })),
    nextCursor: page.nextCursor ?? null,
  }
}

/** Reads usage for a page whose URL may have been typed by hand: an invalid cursor shows the first page. */
export function readUsageForPage(services: UsageServices, userId: string, cursor?: string): Promise<UsagePage> {
  return readUsage(services, userId, cursor).catch((error: unknown) => {
    if (error instanceof ChatError && error.code === "invalid_cursor") return readUsage(services, userId)
    throw error
  })
}
