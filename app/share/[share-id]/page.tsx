import type { Metadata } from "next"
import { notFound } from "next/navigation"
import { cache } from "react"
import { SharedChatView } from "#components/shared-chat-view.tsx"
import { texts } from "#components/texts.ts"
import { getServices } from "#lib/services.ts"
import { type SharedChat, shareIdPattern } from "#lib/share-protocol.ts"
import { sharedChat } from "#lib/shared-chat.ts"

interface SharePageProps {
  params: Promise<{ "share-id": string }>
}

/** Keeps search engines away, and does not send the link to other sites as a referrer. */
export async function generateMetadata({ params }: SharePageProps): Promise<Metadata> {
  const chat = await readShared((await params)["share-id"])
  return {
    title: `${chat?.title || texts.sharedChat} · ${texts.appName}`,
    robots: { index: false, follow: false },
    referrer: "no-referrer",
  }
}

/** A shared chat, for everyone with the link, with or without a session. */
export default async function SharePage({ params }: SharePageProps) {
  const chat = await readShared((await params)["share-id"])
  if (!chat) notFound()
  return <SharedChatView chat={chat} />
}

const readShared = cache(async (shareId: string): Promise<SharedChat | undefined> => {
  if (!shareIdPattern.test(shareId)) return undefined
  const stored = await (await getServices()).shares.readShare(shareId)
  return stored && sharedChat(stored)
})
