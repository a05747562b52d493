import { tool, zodSchema } from "ai"
import { z } from "zod"
import { maxTitleChars } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { wellFormedText } from "../text.ts"

/** Made once: a schema is costly to describe to a model, and every chat has a tool of its own. */
const inputSchema = zodSchema(
  z.object({
    title: z.string().min(1).max(maxTitleChars).describe("the new title, in a few words and without quotes"),
  }),
)

/** Makes the tool that renames a chat. @param rename returns false if the chat is gone */
export function renameChatTool(rename: (title: string) => Promise<boolean>) {
  return tool({
    description:
      "Gives this chat another title. Use it only when the user asks for that. The user is asked to approve it; " +
      "where that is denied, do not try again.",
    inputSchema,
    execute: async (input) => {
      const title = wellFormedText(input.title).replace(/\s+/g, " ").trim()
      if (/^[\s\p{Cf}]*$/u.test(title)) throw new ChatError("invalid_title")
      if (!(await rename(title))) throw new ChatError("chat_not_found")
      return { title }
    },
  })
}
