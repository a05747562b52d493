import { createCssVariablesTheme, createHighlighterCore, type GrammarState, type HighlighterCore } from "shiki/core"
import { createJavaScriptRegexEngine } from "shiki/engine/javascript"

/**
 * Highlights the line after the previous one.
 * @returns the nodes of the line; undefined if its time ran out: then call it again with the same line, which takes less
 * time on each attempt
 */
export type HighlightLine = (line: string) => (Node | string)[] | undefined

const languages = {
  bash: () => import("shiki/langs/bash.mjs"),
  c: () => import("shiki/langs/c.mjs"),
  cpp: () => import("shiki/langs/cpp.mjs"),
  csharp: () => import("shiki/langs/csharp.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  diff: () => import("shiki/langs/diff.mjs"),
  docker: () => import("shiki/langs/docker.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  graphql: () => import("shiki/langs/graphql.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  ini: () => import("shiki/langs/ini.mjs"),
  java: () => import("shiki/langs/java.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  jsx: () => import("shiki/langs/jsx.mjs"),
  kotlin: () => import("shiki/langs/kotlin.mjs"),
  lua: () => import("shiki/langs/lua.mjs"),
  markdown: () => import("shiki/langs/markdown.mjs"),
  php: () => import("shiki/langs/php.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  r: () => import("shiki/langs/r.mjs"),
  ruby: () => import("shiki/langs/ruby.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  scss: () => import("shiki/langs/scss.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  swift: () => import("shiki/langs/swift.mjs"),
  toml: () => import("shiki/langs/toml.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  typescript: () => import("shiki/langs/typescript.mjs"),
  xml: () => import("shiki/langs/xml.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
} as const
type Language = keyof typeof languages

const otherNames: Record<string, Language> = {
  "c#": "csharp",
  "c++": "cpp",
  cjs: "javascript",
  cs: "csharp",
  dockerfile: "docker",
  golang: "go",
  gql: "graphql",
  htm: "html",
  js: "javascript",
  jsonc: "json",
  kt: "kotlin",
  md: "markdown",
  mjs: "javascript",
  patch: "diff",
  postgresql: "sql",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  shell: "bash",
  svg: "xml",
  ts: "typescript",
  yml: "yaml",
  zsh: "bash",
}

/** Uses the CSS variables of `app/styles/tokens.css`, so that a change of theme needs no new highlighting. */
const theme = createCssVariablesTheme({ name: "code", variablePrefix: "--code-" })
/** Longer lines stay plain. Lines that take longer are tried again; the first line of a language is the slowest. */
const limits = { tokenizeMaxLineLength: 1_000, tokenizeTimeLimit: 500 }

/** @returns undefined for an unknown language, whose code stays plain */
export async function lineHighlighter(name: string): Promise<HighlightLine | undefined> {
  const lang = languageNamed(name.toLowerCase())
  if (!lang) return undefined
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const loaded = await highlighter
  await loaded.loadLanguage(languages[lang])
  let state: GrammarState | undefined
  return (line) => {
    // The tokenizer's clock: when time runs out it silently stops within the line, with wrong colours and a wrong state.
    const begun = Date.now()
    const { nodes, after } = highlightedLine(loaded, line, { lang, state })
    if (Date.now() - begun >= limits.tokenizeTimeLimit) return undefined
    state = after
    return nodes
  }
}

let highlighter: Promise<HighlighterCore> | undefined

function languageNamed(name: string): Language | undefined {
  if (Object.hasOwn(otherNames, name)) return otherNames[name]
  return Object.hasOwn(languages, name) ? (name as Language) : undefined // it is one of its keys
}

interface Place {
  lang: Language
  /** undefined: at the beginning of the code */
  state: GrammarState | undefined
}

function highlightedLine(core: HighlighterCore, line: string, { lang, state }: Place) {
  const lines = core.codeToTokensBase(line, {
    lang,
    theme: "code",
    ...limits,
    ...(state && { grammarState: state }),
  })
  const nodes = lines.flat().map(({ content, color }) => {
    if (!color || color === "var(--code-foreground)" || content.trim() === "") return content
    const span = document.createElement("span")
    span.style.color = color
    span.textContent = content
    return span
  })
  return { nodes, after: core.getLastGrammarState(lines) }
}
