import type { ChargeRepository } from "#db/repository/charge-repository.ts"
import type { Bill } from "#lib/chat-protocol.ts"

const answersPerPage = 100

interface BillServices {
  charges: ChargeRepository
  config: { freeCredits: number }
}

/** @param cursor the last page's `nextCursor`; one that is none begins anew */
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
