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

/** Whoever was given the link may read; no search engine was, and no other site is told of it. */
export async function generateMetadata({ params }: SharePageProps): Promise<Metadata> {
  const chat = await readShared((await params)["share-id"])
  return {
    title: `${chat?.title || texts.sharedChat} · ${texts.appName}`,
    robots: { index: false, follow: false },
    referrer: "no-referrer",
  }
}

/** A chat as its owner shows it: for anybody, with a session or without. */
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
