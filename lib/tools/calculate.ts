import { tool, zodSchema } from "ai"
import { z } from "zod"
import { evaluate, maxExpressionChars } from "./arithmetic.ts"

export function calculateTool() {
  return tool({
    description:
      "Works out an arithmetic expression exactly: + - * / % (remainder) ^ and parentheses, " +
      "sqrt(x), abs(x), round(x), min(x, …), max(x, …), the constants pi and e.",
    inputSchema: zodSchema(
      z.object({
        expression: z.string().max(maxExpressionChars).describe('the expression, as in "(2 + 3) * sqrt(16)"'),
      }),
    ),
    execute: ({ expression }) => ({ expression, result: rounded(evaluate(expression)) }),
  })
}

/** Rounds to the fifteen digits that a double always holds: people expect 0.1 + 0.2 to be 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(15))
}
