import { cookies } from "next/headers"
import { notFound } from "next/navigation"
import { ChatView } from "#components/chat-view.tsx"
import { foldedCookie } from "#components/sidebar/folded-cookie.ts"
import { loadChatPage } from "#lib/chat-page.ts"
import type { ChatPage as ChatPageData } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"

/** Renders both chat pages completely on the server, so that the first paint needs no further requests. */
export async function ChatPage({ agentSlug, chatId }: { agentSlug: string; chatId?: string }) {
  const page = await loadOrNotFound(agentSlug, chatId)
  const isFolded = (await cookies()).has(foldedCookie)
  return <ChatView page={page} isFolded={isFolded} />
}

async function loadOrNotFound(agentSlug: string, chatId: string | undefined): Promise<ChatPageData> {
  try {
    return await loadChatPage(agentSlug, chatId)
  } catch (error) {
    if (error instanceof ChatError && error.code === "agent_not_found") notFound()
    throw error
  }
}
