/** Allows styles, and images and fonts embedded in the page. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'"

/**
 * Elements that the policy alone does not make safe: a page can make the browser look up a host or open a connection,
 * which no policy blocks. The others have no use in a page that does nothing.
 */
const removedElements = "script, link, meta, base, iframe, frame, frameset, object, embed, portal, noscript, template"

/** Removes everything active from a page, and adds a policy that allows no requests. */
export function inertPage(html: string): string {
  // Parsing runs and loads nothing. We write the result ourselves, so our policy always comes first.
  const page = new DOMParser().parseFromString(html, "text/html")
  for (const element of page.querySelectorAll(removedElements)) element.remove()
  // Following a link would replace the page with an error.
  for (const link of page.querySelectorAll("a, area")) {
    const address = link.getAttribute("href") ?? link.getAttribute("xlink:href") ?? ""
    if (address === "" || address.startsWith("#")) continue
    link.removeAttribute("href")
    link.removeAttribute("xlink:href")
    link.setAttribute("title", address)
  }
  const head = [
    `<meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta http-equiv="x-dns-prefetch-control" content="off">`,
    `<meta name="viewport" content="width=device-width">`,
  ]
  page.head.insertAdjacentHTML("afterbegin", head.join(""))
  return `<!doctype html>${page.documentElement.outerHTML}`
}
