import { attention } from "micromark-core-commonmark"
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough"
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from "micromark-util-types"
import { dunderLength, flanksOf, isOperand } from "./emphasis-rules.ts"
import { linkLength } from "./link-end.ts"

interface Processor {
  data(): { micromarkExtensions?: Extension[] }
}

/** A remark plugin: puts our rules for emphasis and bare links before the parser's own. */
export function ourSyntax(this: unknown): void {
  // unified calls a plugin with its processor as `this`; that type is in another package.
  const data = (this as Processor).data()
  data.micromarkExtensions ??= []
  data.micromarkExtensions.push(syntax)
}

const strikethrough = gfmStrikethrough().text?.[codeOf("~")]
const resolveStrikethrough = strikethrough && "resolveAll" in strikethrough ? strikethrough.resolveAll : undefined

const emphasis: Construct = { ...attention, name: "ourEmphasis", tokenize: signs("attentionSequence") }
const deletion: Construct = {
  name: "ourDeletion",
  tokenize: signs("strikethroughSequenceTemporary"),
  ...(resolveStrikethrough && { resolveAll: resolveStrikethrough }),
}
const dunder: Construct = { name: "dunder", tokenize: tokenizeDunder }
const bareLink: Construct = { name: "bareLink", tokenize: tokenizeBareLink }

const syntax: Extension = {
  text: {
    [codeOf("*")]: emphasis,
    [codeOf("_")]: [dunder, emphasis],
    [codeOf("~")]: deletion,
    ...Object.fromEntries([..."hHwW"].map((letter) => [codeOf(letter), bareLink])),
  },
}

function signs(type: "attentionSequence" | "strikethroughSequenceTemporary"): Construct["tokenize"] {
  return function tokenize(this: TokenizeContext, effects, ok) {
    const before = characterOf(this.previous)
    let marker: Code = null
    let count = 0
    return (code) => {
      marker = code
      effects.enter(type)
      return inside(code)
    }

    function inside(code: Code): State | undefined {
      if (code === marker) {
        count++
        effects.consume(code)
        return inside
      }
      const token = effects.exit(type)
      // Only between two operands does text further ahead matter.
      return ahead(effects, isOperand(before) ? aWord : aSign, (after) => {
        const { canOpen, canClose } = flanksOf({ sign: characterOf(marker), count, before, after })
        token._open = canOpen
        token._close = canClose
        return ok
      })(code)
    }
  }
}

function tokenizeDunder(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const before = characterOf(this.previous)
  return ahead(effects, aWord, (text) => {
    const length = /[\w]/.test(before) ? 0 : dunderLength(text)
    return length === 0 ? nok : consume(effects, "data", length, ok)
  })
}

function tokenizeBareLink(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const before = characterOf(this.previous)
  if (/[A-Za-z]/.test(before)) return nok
  return ahead(effects, mayBeLink, (text) => {
    const length = linkLength(text, before)
    if (length === 0 || isInLabel(this)) return nok
    const type = /^w/i.test(text) ? "literalAutolinkWww" : "literalAutolinkHttp"
    effects.enter(asName("literalAutolink"))
    return consume(effects, asName(type), length, (code) => {
      effects.exit(asName("literalAutolink"))
      return ok(code)
    })
  })
}

/** Links cannot be nested. */
function isInLabel({ events }: TokenizeContext): boolean {
  return events.some(([, token]) => (token.type === "labelLink" || token.type === "labelImage") && !token._balanced)
}

type Name = Parameters<Effects["enter"]>[0]

/** These names are declared by a package that we do not depend on directly. */
function asName(name: string): Name {
  return name as Name
}

function consume(effects: Effects, type: Name, length: number, then: State): State {
  let left = length
  return (code) => {
    effects.enter(type)
    return next(code)
  }

  function next(code: Code): State | undefined {
    if (left === 0) {
      effects.exit(type)
      return then(code)
    }
    left--
    effects.consume(code)
    return next
  }
}

/** Looks ahead to the next space without consuming it. */
function ahead(effects: Effects, wantsMore: (text: string) => boolean, then: (text: string) => State): State {
  let text = ""
  const look: Construct = {
    partial: true,
    tokenize: (inner, done) => {
      return function next(code) {
        const sign = characterOf(code)
        if (/^\s?$/.test(sign) || !wantsMore(text)) {
          if (text !== "") inner.exit("data")
          return done(code)
        }
        if (text === "") inner.enter("data")
        text += sign
        inner.consume(code)
        return next
      }
    },
  }
  const decide: State = (code) => then(text)(code)
  return effects.check(look, decide, decide)
}

const aSign = (text: string) => text.length < 2
const aWord = (text: string) => text.length < 64
const mayBeLink = (text: string) =>
  text.length < 2_000 && /^(?:h(?:t(?:t(?:p(?:s?|s?:.*))?)?)?|w{0,3}|www\..*)$/i.test(text)

/** Negative codes are tabs and line endings. */
function characterOf(code: Code): string {
  if (code === null) return ""
  return code < 0 ? " " : String.fromCharCode(code)
}

function codeOf(sign: string): number {
  return sign.charCodeAt(0)
}
