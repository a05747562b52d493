/**
 * Checks the addresses of databases and Redis in the environment. The drivers accept almost any text and misread it:
 * another password, no encryption, or an obscure error at the first query. These checks fail at the start, with a
 * sentence that contains no part of the address.
 */
import { accessSync, constants } from "node:fs"

/** Receives one sentence per problem. */
type Report = (sentence: string) => void

/** The modes that pg applies as `sslmode` says, unless `uselibpqcompat=true` is set too. */
const sslModes = ["disable", "no-verify", "verify-full"]
/** pg 8.23 treats these as `verify-full`; pg 9 will not. */
const strictSslModes = ["prefer", "require", "verify-ca"]
/** pg treats any other word as true, even `ssl=false`. */
const sslWords = ["true", "1", "0", "no-verify"]

/** Checks a database's address. @returns the address for the drivers */
export function databaseAddress(text: string, report: Report): string {
  const url = checked(text, ["postgres:", "postgresql:"], report)
  if (!url) return text
  const mode = lastOf(url, "sslmode")
  if (mode && ![...sslModes, ...strictSslModes].includes(mode))
    report(`sslmode is one of ${sslModes.join(", ")} (${strictSslModes.join(", ")} act as verify-full)`)
  const ssl = lastOf(url, "ssl")
  if (ssl && !sslWords.includes(ssl)) report(`ssl is one of ${sslWords.join(", ")}; any other word would count as 1`)
  for (const name of new Set(url.searchParams.keys()))
    if (name !== "sslmode" && /^ssl[-_]?mode$/i.test(name)) report("write sslmode in lower case and in one word")
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const file = lastOf(url, name)
    if (file && !isReadable(file)) report(`${name} is the path of a file that this process may read`)
  }
  if (isAsInLibpq(url) && mode === "verify-ca" && !lastOf(url, "sslrootcert"))
    report("with uselibpqcompat=true, sslmode=verify-ca needs sslrootcert, the path of a certificate")
  if (lastOf(url, "host")?.includes(",")) report(severalHosts)
  return isAsInLibpq(url) ? text : text.replace(strictMode, "$1verify-full")
}

/** Checks a schema's name; one that needs no quotes is also safe in an address. */
export function schemaName(text: string, report: Report): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(text)) report("is one word of lower case letters, digits and _, 63 at most")
  if (/^(drizzle|information_schema|pg_.*)$/.test(text)) report("is the name of a schema that is used otherwise")
  return text
}

/** Checks the word that begins every key in Redis; braces would decide a key's place in a Cluster. */
export function redisPrefix(text: string, report: Report): string {
  if (!/^[\w.-][\w.:-]{0,63}$/.test(text)) report("is up to 64 letters, digits and any of _ . : -")
  return text
}

/** Returns warnings about settings that work, but not as their names suggest. */
export function databaseWarnings(text: string): string[] {
  const url = parsed(text)
  const mode = url && lastOf(url, "sslmode")
  if (!url || isNeon(text) || isAsInLibpq(url) || !mode || !strictSslModes.includes(mode)) return []
  return [
    `DATABASE_URL: sslmode=${mode} acts as verify-full: the server's certificate must be one that Node trusts, or that ` +
      "sslrootcert names, and made for the host's name. Write verify-full, or no-verify to encrypt without looking at it",
  ]
}

/** Recognises Neon's hosts, which need its own driver. */
export function isNeon(text: string): boolean {
  return parsed(text)?.hostname.endsWith(".neon.tech") ?? false
}

/** Checks an address of Redis. @returns the address for the driver */
export function redisAddress(text: string, report: Report): string {
  const url = checked(text, ["redis:", "rediss:"], report)
  if (url && !/^(\/\d*)?$/.test(url.pathname))
    report("behind the host comes nothing, or the number of a database, as in redis://host:6379/0")
  return text
}

/** Checks an address of Upstash. @returns the address for the client */
export function upstashAddress(text: string, report: Report): string {
  if (/^rediss?:/i.test(text)) report("is an address of HTTP; one of Redis itself belongs in REDIS_URL")
  else checked(text, ["https:", "http:"], report)
  return text
}

const severalHosts = "names several hosts, and only one can be used"
const encodeIt =
  "a password with one of @ : / ? # % or a space in it must have that percent-encoded " +
  "(@ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25, a space is %20)"
const strictMode = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g

function checked(text: string, protocols: string[], report: Report): URL | undefined {
  const begin = protocols.map((protocol) => `${protocol}//`).join(" or ")
  if (!protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))) {
    report(`is an address that begins with ${begin}, without quotes around it`)
    return undefined
  }
  const url = parsed(text)
  if (!url || isMisread(text)) {
    report(`is no address that can be read as it was meant: ${encodeIt}`)
    return undefined
  }
  if (url.hostname.includes(",")) report(severalHosts)
  return url
}

/** Finds characters in a password that would end its part of the address, or change when it is decoded. */
function isMisread(text: string): boolean {
  if (/\s/.test(text) || /%(?![0-9a-f]{2})/i.test(text) || text.includes("#")) return true
  const [, path = "", query = ""] = /^\w+:\/\/[^/?]*([^?]*)(.*)$/.exec(text) ?? []
  if (path.includes("@") || /[?&][^=&]*@/.test(query) || (path === "" && query.includes("@"))) return true
  return !isDecodable(text)
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Parses an address, whose host may be missing if `?host=` names the folder of a socket. */
function parsed(text: string): URL | undefined {
  const url = URL.parse(text)
  return url ?? (/[?&]host=./.test(text) ? URL.parse(text.replace("@/", "@nowhere/")) : null) ?? undefined
}

function isAsInLibpq(url: URL): boolean {
  return lastOf(url, "uselibpqcompat") === "true"
}

/** Returns the last value of a repeated name, as pg does. */
function lastOf(url: URL, name: string): string | undefined {
  return url.searchParams.getAll(name).at(-1)
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
