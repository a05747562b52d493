interface Section {
  title: string
  text: string
}

/** A word in the heading counts more than one in the text. */
const titleWeight = 3

/** Ranks the sections that share a word with the query. Rare words count more, repetition less and less. */
export function rankSections<Ranked extends Section>(sections: Ranked[], query: string): Ranked[] {
  const terms = new Set(termsOf(query))
  const counted = sections.map((section) => ({ section, counts: countsOf(section) }))
  const rarity = new Map(
    [...terms].map((term) => {
      const containing = counted.filter(({ counts }) => counts.has(term)).length
      return [term, Math.log(1 + sections.length / (1 + containing))]
    }),
  )
  return counted
    .map(({ section, counts }) => ({ section, score: scoreOf(counts, rarity) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ section }) => section)
}

/** Returns the text around the first word of the query, in whole code points. */
export function excerptOf(text: string, query: string, maxChars: number): string {
  const terms = new Set(termsOf(query))
  const words = text.replace(/\s+/g, " ").trim()
  const hit = [...words.matchAll(wordPattern)].find((word) => terms.has(stemOf(word[0])))
  const start = Math.max(0, Math.min((hit?.index ?? 0) - 80, words.length - maxChars))
  const end = Math.min(words.length, start + maxChars)
  const inside = words
    .slice(start, end)
    .toWellFormed()
    .replace(/^\uFFFD|\uFFFD$/g, "")
  return `${start > 0 ? "…" : ""}${inside}${end < words.length ? "…" : ""}`
}

const wordPattern = /[\p{L}\p{N}]+/gu

function termsOf(text: string): string[] {
  return (text.match(wordPattern) ?? []).map(stemOf)
}

/** Cuts endings, just enough for "resuming", "resumed" and "resumes" to match "resume". */
function stemOf(word: string): string {
  const lower = word.toLowerCase()
  return lower.length > 4 ? lower.replace(/(ing|ed|es|e|s)$/, "") : lower
}

function countsOf(section: Section): Map<string, number> {
  const counts = new Map<string, number>()
  for (const term of termsOf(section.text)) counts.set(term, (counts.get(term) ?? 0) + 1)
  for (const term of termsOf(section.title)) counts.set(term, (counts.get(term) ?? 0) + titleWeight)
  return counts
}

function scoreOf(counts: Map<string, number>, rarity: Map<string, number>): number {
  let score = 0
  for (const [term, weight] of rarity) {
    const count = counts.get(term) ?? 0
    score += (weight * count) / (count + 1.2)
  }
  return score
}
