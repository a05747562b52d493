import type { Metadata } from "next"
import { headers } from "next/headers"
import { redirect } from "next/navigation"
import { texts } from "#components/texts.ts"
import { UsageView } from "#components/usage-view.tsx"
import { findUser } from "#lib/auth/session.ts"
import { getServices } from "#lib/services.ts"
import { readUsageForPage } from "#lib/usage.ts"

export const metadata: Metadata = { title: `${texts.usageTitle} · ${texts.appName}` }

interface UsagePageProps {
  searchParams: Promise<{ cursor?: string | string[] }>
}

export default async function UsagePage({ searchParams }: UsagePageProps) {
  const { cursor } = await searchParams
  const services = await getServices()
  const user = await findUser(services.auth, await headers())
  if (!user) redirect("/sign-in")
  return (
    <UsageView usage={await readUsageForPage(services, user.id, typeof cursor === "string" ? cursor : undefined)} />
  )
}
