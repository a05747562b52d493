import "katex/dist/katex.min.css"

/** Loads the stylesheet of formulas. Rendered on the server, it puts the stylesheet into the page's head. */
export default function KatexStyle() {
  return null
}
