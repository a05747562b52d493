/** Styles, and pictures that are in the page itself. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'"

/**
 * What a policy does not stop: to look up a host's name or to open a connection is no request to it, and a page can ask
 * for both. The rest has no place in a page that does nothing.
 */
const takenAway = "script, link, meta, base, iframe, frame, frameset, object, embed, portal, noscript, template"

/** @returns the page without what acts, under a policy that lets nothing be fetched */
export function inertPage(html: string): string {
  // Parsed without being run or loaded, and in the end written by us: the policy comes first, whatever the text says.
  const page = new DOMParser().parseFromString(html, "text/html")
  for (const element of page.querySelectorAll(takenAway)) element.remove()
  // A link that is followed would leave an error in the place of the page.
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
