import { notFound } from "next/navigation"
import { DemoChat } from "#components/demo/demo-chat.tsx"
import { demoTexts } from "#components/demo/demo-texts.ts"
import { loadChatPage } from "#lib/chat-page.ts"
import { chatIdPattern } from "#lib/chat-protocol.ts"
import { getServices } from "#lib/services.ts"
import { listAgents } from "#lib/turns/agents.ts"

/** One view of the demo: the chat page without its list, and with one starting prompt whose answer takes long enough. */
export default async function DemoViewRoute({ params }: { params: Promise<{ "chat-id": string }> }) {
  const { "chat-id": chatId } = await params
  const slug = listAgents((await getServices()).chat)[0]?.slug
  if (slug === undefined || !chatIdPattern.test(chatId)) notFound()
  const page = await loadChatPage(slug, chatId)
  const agent = { ...page.agent, startingPrompts: [demoTexts.question] }
  return <DemoChat page={{ ...page, agent, agents: [agent] }} />
}
