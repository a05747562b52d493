/** Evaluates arithmetic as people write it, with a parser of our own: nothing a model sends is ever run as code. */

export const maxExpressionChars = 200

/** The message is for the model, which can then correct its expression. */
export class ArithmeticError extends Error {
  override readonly name = "ArithmeticError"
}

/**
 * Evaluates an expression. From loose to tight: `+ -`, `* / %`, a sign, `^` (also `**`, right-associative).
 * @throws ArithmeticError if it is too long, is not an expression, or has no finite value
 */
export function evaluate(expression: string): number {
  if (expression.length > maxExpressionChars)
    throw new ArithmeticError(`The expression is longer than ${maxExpressionChars} characters.`)
  const tokens = new Tokens(expression)
  const value = sum(tokens)
  if (tokens.next !== undefined) throw new ArithmeticError(`"${tokens.next}" was not expected here.`)
  if (Number.isNaN(value)) throw new ArithmeticError("The expression has no value among the real numbers.")
  if (!Number.isFinite(value)) throw new ArithmeticError("The result is infinite or too large.")
  return value
}

const functions = new Map<string, (...values: number[]) => number>([
  ["sqrt", Math.sqrt],
  ["abs", Math.abs],
  ["round", Math.round],
  ["min", Math.min],
  ["max", Math.max],
])
const manyArguments = new Set(["min", "max"])
const constants = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
])

const tokenPattern = /\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+|[a-z]+|\*\*|[-+*/%^(),])/iy
const sameMeaning = new Map([
  ["**", "^"],
  ["×", "*"],
  ["÷", "/"],
  ["−", "-"],
])

class Tokens {
  #tokens: string[]
  #position = 0

  constructor(expression: string) {
    const text = expression.replace(/[×÷−]/g, (sign) => sameMeaning.get(sign) ?? sign).trim()
    this.#tokens = []
    tokenPattern.lastIndex = 0
    while (tokenPattern.lastIndex < text.length) {
      const start = tokenPattern.lastIndex
      const token = tokenPattern.exec(text)?.[1]
      if (token === undefined)
        throw new ArithmeticError(`"${text.slice(start).trim().slice(0, 20)}" is not arithmetic.`)
      this.#tokens.push(sameMeaning.get(token) ?? token.toLowerCase())
    }
  }

  get next(): string | undefined {
    return this.#tokens[this.#position]
  }

  take(): string | undefined {
    return this.#tokens[this.#position++]
  }

  takeIf(...wanted: string[]): string | undefined {
    return this.next !== undefined && wanted.includes(this.next) ? this.take() : undefined
  }

  expect(wanted: string): void {
    if (!this.takeIf(wanted)) throw new ArithmeticError(`"${wanted}" is missing.`)
  }
}

function sum(tokens: Tokens): number {
  let value = product(tokens)
  for (let sign = tokens.takeIf("+", "-"); sign; sign = tokens.takeIf("+", "-")) {
    const operand = product(tokens)
    value = sign === "+" ? value + operand : value - operand
  }
  return value
}

function product(tokens: Tokens): number {
  let value = signed(tokens)
  for (let sign = tokens.takeIf("*", "/", "%"); sign; sign = tokens.takeIf("*", "/", "%")) {
    const operand = signed(tokens)
    if (sign !== "*" && operand === 0) throw new ArithmeticError("That divides by zero.")
    value = sign === "*" ? value * operand : sign === "/" ? value / operand : value % operand
  }
  return value
}

function signed(tokens: Tokens): number {
  const sign = tokens.takeIf("+", "-")
  if (!sign) return power(tokens)
  const value = signed(tokens)
  return sign === "-" ? -value : value
}

function power(tokens: Tokens): number {
  const base = operand(tokens)
  return tokens.takeIf("^") ? base ** signed(tokens) : base
}

function operand(tokens: Tokens): number {
  const token = tokens.take()
  if (token === undefined) throw new ArithmeticError("The expression ends too early.")
  if (token === "(") {
    const value = sum(tokens)
    tokens.expect(")")
    return value
  }
  if (/^[.\d]/.test(token)) return Number(token)
  const constant = constants.get(token)
  if (constant !== undefined) return constant
  const call = functions.get(token)
  if (!call) throw new ArithmeticError(`"${token}" was not expected here.`)
  return call(...callArguments(tokens, token))
}

function callArguments(tokens: Tokens, name: string): number[] {
  tokens.expect("(")
  const values = [sum(tokens)]
  while (tokens.takeIf(",")) values.push(sum(tokens))
  tokens.expect(")")
  if (values.length > 1 && !manyArguments.has(name)) throw new ArithmeticError(`"${name}" takes one number.`)
  return values
}
