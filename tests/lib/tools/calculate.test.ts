import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ArithmeticError, evaluate } from "#lib/tools/arithmetic.ts"
import { calculateTool } from "#lib/tools/calculate.ts"

test.for([
  ["1 + 2 * 3", 7],
  ["(1 + 2) * 3", 9],
  ["10 - 4 - 3", 3],
  ["2 ^ 3 ^ 2", 512],
  ["2 ** 3", 8],
  ["-2 ^ 2", -4],
  ["2 ^ -1", 0.5],
  ["--3", 3],
  ["7 % 4", 3],
  ["6 × 7 ÷ 2 − 1", 20],
  [".5 + 1.5e3", 1500.5],
  ["sqrt(16) + abs(-2) + round(2.5)", 9],
  ["min(3, 1, 2) + MAX(4, 5)", 6],
  ["2 * pi", 2 * Math.PI],
  ["e", Math.E],
] as const)("%s = %d", ([expression, value]) => {
  expect(evaluate(expression)).toBe(value)
})

test.for([
  ["", "ends too early"],
  ["1 +", "ends too early"],
  ["(1 + 2", '")" is missing'],
  ["1 2", '"2" was not expected'],
  ["2 * )", '")" was not expected'],
  ["sqrt 4", '"(" is missing'],
  ["sqrt(4, 9)", "takes one number"],
  ["1 / 0", "divides by zero"],
  ["1 % (2 - 2)", "divides by zero"],
  ["sqrt(-1)", "no value"],
  ["9 ^ 999", "too large"],
  ["1e999", "too large"],
  ["constructor(1)", '"constructor" was not expected'],
  ["__proto__", '"__proto__" is not arithmetic'],
  ["process.exit()", '".exit()" is not arithmetic'],
  ["1".repeat(201), "longer than 200"],
  ['\'; DROP TABLE "Chat"; --', "is not arithmetic"],
  ["*3\r\n$3\r\nDEL\r\n", "is not arithmetic"],
] as const)("%j is refused: %s", ([expression, sentence]) => {
  expect(() => evaluate(expression)).toThrow(ArithmeticError)
  expect(() => evaluate(expression)).toThrow(sentence)
})

test("the deepest nesting that fits is evaluated", () => {
  expect(evaluate(`${"(".repeat(99)}1${")".repeat(99)}`)).toBe(1)
})

test("people see 0.3 for 0.1 + 0.2", async () => {
  const { execute } = calculateTool()
  expect(await execute?.({ expression: "0.1 + 0.2" }, { toolCallId: "1", messages: [], context: {} })).toEqual({
    expression: "0.1 + 0.2",
    result: 0.3,
  })
})

type Tree = number | { sign: "+" | "-" | "*" | "/" | "%" | "^"; left: Tree; right: Tree } | { negated: Tree }

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: 0, max: 12 }),
    fc.record({ sign: fc.constantFrom("+", "-", "*", "/", "%", "^"), left: tie("tree"), right: tie("tree") }),
    fc.record({ negated: tie("tree") }),
  ),
}))

describe("on any expression", () => {
  test("the result agrees with the tree from which the expression was written", () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (expected, isSpaced) => {
        const written = writtenOut(expected, 0)
        const expression = isSpaced ? written : written.replaceAll(" ", "")
        fc.pre(expression.length <= 200)
        const value = valueIn(expected)
        if (value !== undefined && Number.isFinite(value)) expect(evaluate(expression)).toBe(value)
        else expect(() => evaluate(expression)).toThrow(ArithmeticError)
      }),
      { numRuns: 2000 },
    )
  })

  test("any input gives a finite number or a clear error of its own", () => {
    const alphabet = fc.constantFrom(..."0123456789.+-*/%^(), eEpi×\\\"'`;\r\n\0$", "sqrt(", "min(", "🦁", "\uD83D")
    const scrambled = fc.array(alphabet, { maxLength: 60 }).map((pieces) => pieces.join(""))
    fc.assert(
      fc.property(fc.oneof(scrambled, fc.string({ unit: "binary" })), (expression) => {
        expect(outcomeOf(expression)).toMatch(/^(number|ArithmeticError)$/)
      }),
      { numRuns: 2000 },
    )
  })
})

function outcomeOf(expression: string): string {
  try {
    return Number.isFinite(evaluate(expression)) ? "number" : "not finite"
  } catch (error) {
    return error instanceof Error ? error.name : "not an error"
  }
}

/** The value by JavaScript's own operators; none as soon as any part divides by zero. */
function valueIn(node: Tree): number | undefined {
  if (typeof node === "number") return node
  if ("negated" in node) {
    const value = valueIn(node.negated)
    return value === undefined ? undefined : -value
  }
  const left = valueIn(node.left)
  const right = valueIn(node.right)
  if (left === undefined || right === undefined) return undefined
  if (node.sign === "+") return left + right
  if (node.sign === "-") return left - right
  if (node.sign === "*") return left * right
  if (node.sign === "^") return left ** right
  if (right === 0) return undefined
  return node.sign === "/" ? left / right : left % right
}

const tightness = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 4 }

/** With no parentheses but those it takes, so that the order of operators is put to the test. */
function writtenOut(node: Tree, least: number): string {
  if (typeof node === "number") return String(node)
  const own = "negated" in node ? 3 : tightness[node.sign]
  const text = "negated" in node ? `-${writtenOut(node.negated, 3)}` : binary(node, own)
  return own < least ? `(${text})` : text
}

function binary(node: Extract<Tree, { sign: string }>, own: number): string {
  const isFromRight = node.sign === "^"
  const left = writtenOut(node.left, isFromRight ? 5 : own)
  const right = writtenOut(node.right, isFromRight ? 3 : own + 1)
  return `${left} ${node.sign} ${right}`
}
