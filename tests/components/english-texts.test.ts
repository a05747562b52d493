import { glob, readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { parseAst } from "vitest/node"

const spokenAttributes = new Set([
  "alt",
  "aria-description",
  "aria-label",
  "aria-roledescription",
  "data-tooltip",
  "label",
  "placeholder",
  "title",
])

test("the interface's sentences are in texts.ts and problem-texts.ts, and in no other file", async () => {
  const files = await Array.fromAsync(glob("{app,components,hooks,lib/transports}/**/*.{ts,tsx}"))
  expect(files.length).toBeGreaterThan(50)
  const found: string[] = []
  for (const file of files.filter((file) => file !== "components/texts.ts"))
    found.push(...wordsIn(await readFile(file, "utf8")).map((words) => `${file}: ${words}`))
  expect(found).toEqual([])
})

test.each([
  ["<p>Some words</p>", ["Some words"]],
  ["<p>{isNew ? 'Some' : `words`}</p>", ["Some", "words"]],
  ["<p>{count} words</p>", ["words"]],
  ["<p>{count > 1 && 'more'}</p>", ["more"]],
  ["<img alt='A word' className='size-4' />", ["A word"]],
  ["<Button label={`A word`} kind='main' />", ["A word"]],
  ["toast('A word')", ["A word"]],
  ["new ChatProblem('a_code', 'A word')", ["A word"]],
  ["count.toLocaleString('en')", ["en"]],
  ["new Intl.NumberFormat('en', { style: 'unit' })", ["en"]],
  ["<p>{texts.one} · {texts.two}.</p>", []],
  ["<p title={texts.one} data-testid='word'>{'…'}</p>", []],
])("the check finds words in %s: %j", (code, words) => {
  expect(wordsIn(`const some = ${code}`)).toEqual(words)
})

interface Node {
  type: string
  [key: string]: unknown
}

/** @returns every text of the code that a person would read or hear */
function wordsIn(code: string): string[] {
  const found: string[] = []
  visit(parseAst(code, { lang: "tsx" }) as unknown as Node, (node) => {
    if (node.type === "JSXText") found.push(...worded(node["value"]))
    if (node.type === "JSXElement" || node.type === "JSXFragment")
      for (const child of childrenOf(node))
        if (child.type === "JSXExpressionContainer") found.push(...literalsOf(child["expression"]))
    if (node.type === "JSXAttribute" && spokenAttributes.has(nameOf(node))) found.push(...literalsOf(node["value"]))
    if (isProblem(node)) found.push(...literalsOf((node["arguments"] as Node[])[1]))
    if (isSpeaking(node)) found.push(...(node["arguments"] as Node[]).flatMap(literalsOf))
  })
  return found
}

/** Returns the texts that an expression can evaluate to, as far as they are written in it. */
function literalsOf(value: unknown): string[] {
  if (!isNode(value)) return []
  if (value.type === "Literal") return worded(value["value"])
  if (value.type === "TemplateLiteral")
    return (value["quasis"] as { value: { cooked: string } }[]).flatMap((quasi) => worded(quasi.value.cooked))
  if (value.type === "JSXExpressionContainer") return literalsOf(value["expression"])
  if (value.type === "ConditionalExpression") return [value["consequent"], value["alternate"]].flatMap(literalsOf)
  if (value.type === "LogicalExpression") return [value["left"], value["right"]].flatMap(literalsOf)
  return []
}

function worded(text: unknown): string[] {
  return typeof text === "string" && /\p{L}{2}/u.test(text) ? [text.trim()] : []
}

/** Finds errors whose second argument is a sentence for people. */
function isProblem({ type, callee }: Node): boolean {
  return type === "NewExpression" && isNode(callee) && callee["name"] === "ChatProblem"
}

/** A call whose text is shown, or that names a language for which texts.ts has a word. */
function isSpeaking({ type, callee }: Node): boolean {
  if (!isNode(callee)) return false
  const { object, property, name } = callee
  if (type === "NewExpression") return isNode(object) && object["name"] === "Intl"
  return type === "CallExpression" && (isNode(property) ? property["name"] === "toLocaleString" : name === "toast")
}

function nameOf({ name }: Node): string {
  return isNode(name) ? String(name["name"]) : ""
}

function childrenOf(node: Node): Node[] {
  return (node["children"] as unknown[]).filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see)
  else if (isNode(value)) {
    see(value)
    for (const each of Object.values(value)) visit(each, see)
  }
}
