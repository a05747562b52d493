import type { Metadata } from "next"
import { headers } from "next/headers"
import { notFound } from "next/navigation"
import { DemoPage } from "#components/demo/demo-page.tsx"
import { demoTexts } from "#components/demo/demo-texts.ts"
import { texts } from "#components/texts.ts"
import { findUser } from "#lib/auth/session.ts"
import { chatIdPattern } from "#lib/chat-protocol.ts"
import { getServices } from "#lib/services.ts"

export const metadata: Metadata = { title: `${demoTexts.title} · ${texts.appName}` }

export default async function DemoRoute({ params }: { params: Promise<{ "chat-id": string }> }) {
  const { "chat-id": chatId } = await params
  if (!chatIdPattern.test(chatId)) notFound()
  const { auth, config, store } = await getServices()
  const user = await findUser(auth, await headers())
  const restartableStore = !config.isProduction && config.relay !== "off" && store.restart ? store.name : undefined
  return <DemoPage chatId={chatId} isSignedIn={user !== undefined} restartableStore={restartableStore} />
}
