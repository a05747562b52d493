import type { ChargeRepository } from "#db/repository/charge-repository.ts"
import type { Bill } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"

const answersPerPage = 100

interface BillServices {
  charges: ChargeRepository
  config: { freeCredits: number }
}

/**
 * @param cursor the last page's `nextCursor`
 * @throws ChatError "invalid_cursor"
 */
export async function billOf({ charges, config }: BillServices, userId: string, cursor?: string): Promise<Bill> {
  const [credits, page] = await Promise.all([
    charges.creditsOf(userId),
    charges.listCharges(userId, answersPerPage, cursor),
  ])
  return {
    credits: config.freeCredits > 0 ? credits : null,
    answers: page.charges.map((charge) => ({ ...charge, createdAt: charge.createdAt.toISOString() })),
    nextCursor: page.nextCursor ?? null,
  }
}

/** The same for a page, whose address somebody may have typed: a cursor that is none begins anew. */
export function billFrom(services: BillServices, userId: string, cursor?: string): Promise<Bill> {
  return billOf(services, userId, cursor).catch((error: unknown) => {
    if (error instanceof ChatError && error.code === "invalid_cursor") return billOf(services, userId)
    throw error
  })
}
