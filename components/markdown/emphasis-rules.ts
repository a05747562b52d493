/** A run of `*`, `_` or `~` with its neighbours, which are empty at the edge of the text. */
export interface SignRun {
  sign: string
  count: number
  before: string
  /** the text that follows without a space; it may be longer than needed */
  after: string
}

interface Flanks {
  canOpen: boolean
  canClose: boolean
}

/**
 * Tells whether a run may begin or end emphasis, by CommonMark's rule with two amendments: scripts without spaces may
 * continue right after a bracket or a quotation mark, and patterns that occur only in code are not emphasis.
 */
export function flanksOf(run: SignRun): Flanks {
  const { sign, before } = run
  const after = run.after.charAt(0)
  if ((sign === "~" && run.count !== 2) || (sign === "*" && standsAlone(before, after))) return neither
  const isLeft = !isSpace(after) && (!isPlainPunctuation(after) || opensWord(before))
  const isRight = !isSpace(before) && (!isPlainPunctuation(before) || opensWord(after))
  if (sign === "~") return { canOpen: isLeft, canClose: isRight }
  if (sign === "_")
    return {
      canOpen: isLeft && (!isRight || isPunctuation(before)),
      canClose: isRight && (!isLeft || isPunctuation(after)),
    }
  return { canOpen: isLeft && mayOpen(run, after), canClose: isRight && mayClose(run, after) }
}

const neither: Flanks = { canOpen: false, canClose: false }

/** Matches `COUNT(*)`, `'*'` and globs such as `src/**`. */
function standsAlone(before: string, after: string): boolean {
  if (/[([{]/.test(before) && /[)\]}]/.test(after)) return true
  return (/["'`|]/.test(before) && before === after) || (before === "/" && /[./{*]/.test(after))
}

/** False for a product or a power (`a*b`, `2**10 + 3**2`), a quantifier (`.*`, `[a-z]*`), or before closing punctuation. */
function mayOpen({ count, before, after: ahead }: SignRun, after: string): boolean {
  if (/[)\]},;）】」』、，。；]/.test(after)) return false
  if (count > 2) return true
  if (isOperand(before) && /[A-Za-z0-9([]/.test(after))
    return count === 2 && /[A-Za-z]/.test(before) && /[A-Za-z]/.test(after) && /^[^\s*]+\*\*/.test(ahead)
  return count === 2 || !(/[.)\]]/.test(before) || after === "/")
}

/** False before an operand (`2*3`), at the end of a comment, or between two patterns (`*.ts,*.js`). */
function mayClose({ count, before, after: ahead }: SignRun, after: string): boolean {
  if (/[([{（【「『]/.test(before) || (isOperand(before) && /\d/.test(after))) return false
  if (count === 1 && /^\/(?![*\w])/.test(ahead)) return false
  return !(count === 1 && after === "." && /[,|/;:]/.test(before))
}

/** Tells whether a character can end the operand of a product or a power. */
export const isOperand = (sign: string) => /[A-Za-z0-9)\]]/.test(sign)

/**
 * Finds names between double underscores, as in Python and C, which CommonMark would make bold.
 * @returns the length of such a name at the beginning of the text; 0 if there is none
 */
export function dunderLength(text: string): number {
  const [name = "", inner = ""] = /^__([A-Za-z]\w*?)__(?![\w])/.exec(text) ?? []
  if (name === "") return 0
  const isCode =
    /[_\d]/.test(inner) || /^[A-Z]+$/.test(inner) || dunders.has(inner) || /^[([.]/.test(text.slice(name.length))
  return isCode ? name.length : 0
}

const dunders = new Set(
  (
    "init main name file doc dict class all version author slots repr str len iter next new del call enter exit eq ne " +
    "lt le gt ge hash bool add sub mul mod pow and or xor not neg abs contains getitem setitem delitem getattr setattr " +
    "get set import builtins module path package spec loader annotations wrapped bases mro subclasses format bytes " +
    "reversed copy deepcopy reduce await aiter anext aenter aexit proto dirname filename typename tests mocks snapshots " +
    "fixtures pycache"
  ).split(" "),
)

/** Characters of scripts that put no spaces between words, or attach particles to them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u3000-\u303F\u30FB\u30FC\uFE10-\uFE1F\uFE30-\uFE6F\uFF00-\uFFEF]/u

const isSpace = (sign: string) => sign === "" || /\s/.test(sign)
const isPunctuation = (sign: string) => /[\p{P}\p{S}]/u.test(sign)
const isPlainPunctuation = (sign: string) => isPunctuation(sign) && !unspaced.test(sign)
const opensWord = (neighbour: string) => isSpace(neighbour) || isPunctuation(neighbour) || unspaced.test(neighbour)
