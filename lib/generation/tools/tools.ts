import { calculateTool } from "./calculate.ts"
import { currentTimeTool } from "./current-time.ts"
import { searchDocsTool } from "./search-docs.ts"

/** Every tool a model may be given, under the name it calls it by. */
export const tools = {
  calculate: calculateTool(),
  current_time: currentTimeTool(),
  search_docs: searchDocsTool(),
}
