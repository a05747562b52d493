import "katex/dist/katex.min.css"

/** Stands for the style of formulas: where the server writes it, that is in the page's head. */
export default function KatexStyle() {
  return null
}
