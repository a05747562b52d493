import { readChat } from "../../../../lib/chat-store"

/** The chat's stored messages, which its page gets from its server component. */
export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return Response.json((await readChat(id)).messages)
}
