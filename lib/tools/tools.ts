import { calculateTool } from "./calculate.ts"
import { currentTimeTool } from "./current-time.ts"
import { asksFirst, namesSources, safeToRepeat } from "./marks.ts"
import { renameChatTool } from "./rename-chat.ts"
import { searchDocsTool } from "./search-docs.ts"

/** The tools that are the same for every user and chat, by the names that models call. */
export const tools = {
  calculate: safeToRepeat(calculateTool()),
  current_time: safeToRepeat(currentTimeTool()),
  search_docs: safeToRepeat(namesSources(searchDocsTool())),
}

/** Makes the tools that act on the chat they are called in. */
export function chatTools(chat: { rename(title: string): Promise<boolean> }) {
  return { rename_chat: asksFirst(safeToRepeat(renameChatTool(chat.rename))) }
}
