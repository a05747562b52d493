import { ChatPage } from "../chat-page.tsx"

/** The page of a new chat. */
export default async function NewChatPage({ params }: { params: Promise<{ "agent-slug": string }> }) {
  const { "agent-slug": agentSlug } = await params
  return <ChatPage agentSlug={agentSlug} />
}
