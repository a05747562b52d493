import { calculateTool } from "./calculate.ts"
import { currentTimeTool } from "./current-time.ts"
import { safeToRepeat } from "./safe-to-repeat.ts"
import { searchDocsTool } from "./search-docs.ts"

/** Every tool a model may be given, under the name it calls it by. */
export const tools = {
  calculate: safeToRepeat(calculateTool()),
  current_time: safeToRepeat(currentTimeTool()),
  search_docs: safeToRepeat(searchDocsTool()),
}
