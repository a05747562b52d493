/**
 * Addresses of databases and of Redis as they stand in the environment. The drivers take nearly any text and make something
 * of it: another password, no encryption, or a word of theirs at the first query. Here it is said at start, in a sentence
 * that never holds any part of the address.
 */
import { accessSync, constants } from "node:fs"

/** Hears one sentence for each thing that is wrong. */
type Tell = (sentence: string) => void

/** What pg does by `sslmode` unless `uselibpqcompat=true` stands beside it. */
const sslModes = ["disable", "no-verify", "verify-full"]
/** pg 8.23 takes these for `verify-full`; pg 9 will not. */
const strictSslModes = ["prefer", "require", "verify-ca"]
/** Any other word counts as yes, `ssl=false` among them. */
const sslWords = ["true", "1", "0", "no-verify"]

/** @returns the address as the drivers are to have it */
export function databaseAddress(text: string, tell: Tell): string {
  const url = checked(text, ["postgres:", "postgresql:"], tell)
  if (!url) return text
  const mode = lastOf(url, "sslmode")
  if (mode && ![...sslModes, ...strictSslModes].includes(mode))
    tell(`sslmode is one of ${sslModes.join(", ")} (${strictSslModes.join(", ")} act as verify-full)`)
  const ssl = lastOf(url, "ssl")
  if (ssl && !sslWords.includes(ssl)) tell(`ssl is one of ${sslWords.join(", ")}; any other word would count as 1`)
  for (const name of new Set(url.searchParams.keys()))
    if (name !== "sslmode" && /^ssl[-_]?mode$/i.test(name)) tell("write sslmode in lower case and in one word")
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const file = lastOf(url, name)
    if (file && !isReadable(file)) tell(`${name} is the path of a file that this process may read`)
  }
  if (isAsInLibpq(url) && mode === "verify-ca" && !lastOf(url, "sslrootcert"))
    tell("with uselibpqcompat=true, sslmode=verify-ca needs sslrootcert, the path of a certificate")
  if (lastOf(url, "host")?.includes(",")) tell(severalHosts)
  return isAsInLibpq(url) ? text : text.replace(strictMode, "$1verify-full")
}

/** Of tables in a database. What needs no quotes needs none in an address either. */
export function schemaName(text: string, tell: Tell): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(text)) tell("is one word of lower case letters, digits and _, 63 at most")
  if (/^(drizzle|information_schema|pg_.*)$/.test(text)) tell("is the name of a schema that is used otherwise")
  return text
}

/** @returns what works as it is set, and yet not as its words say */
export function databaseWarnings(text: string): string[] {
  const url = parsed(text)
  const mode = url && lastOf(url, "sslmode")
  if (!url || isNeon(text) || isAsInLibpq(url) || !mode || !strictSslModes.includes(mode)) return []
  return [
    `DATABASE_URL: sslmode=${mode} acts as verify-full: the server's certificate must be one that Node trusts, or that ` +
      "sslrootcert names, and made for the host's name. Write verify-full, or no-verify to encrypt without looking at it",
  ]
}

/** Neon's own hosts are reached by its driver. */
export function isNeon(text: string): boolean {
  return parsed(text)?.hostname.endsWith(".neon.tech") ?? false
}

/** @returns the address as the driver is to have it */
export function redisAddress(text: string, tell: Tell): string {
  const url = checked(text, ["redis:", "rediss:"], tell)
  if (url && !/^(\/\d*)?$/.test(url.pathname))
    tell("behind the host comes nothing, or the number of a database, as in redis://host:6379/0")
  return text
}

/** @returns the address as the driver is to have it */
export function upstashAddress(text: string, tell: Tell): string {
  if (/^rediss?:/i.test(text)) tell("is an address of HTTP; one of Redis itself belongs in REDIS_URL")
  else checked(text, ["https:", "http:"], tell)
  return text
}

const severalHosts = "names several hosts, and only one can be used"
const encodeIt =
  "a password with one of @ : / ? # % or a space in it must have that percent-encoded " +
  "(@ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25, a space is %20)"
const strictMode = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g

function checked(text: string, protocols: string[], tell: Tell): URL | undefined {
  const begin = protocols.map((protocol) => `${protocol}//`).join(" or ")
  if (!protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))) {
    tell(`is an address that begins with ${begin}, without quotes around it`)
    return undefined
  }
  const url = parsed(text)
  if (!url || isMisread(text)) {
    tell(`is no address that can be read as it was meant: ${encodeIt}`)
    return undefined
  }
  if (url.hostname.includes(",")) tell(severalHosts)
  return url
}

/** What stands for itself in a password ends the part of the address that it is in, or changes while it is decoded. */
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

/** A host may be missing, where `?host=` names the folder of a socket. */
function parsed(text: string): URL | undefined {
  const url = URL.parse(text)
  return url ?? (/[?&]host=./.test(text) ? URL.parse(text.replace("@/", "@nowhere/")) : null) ?? undefined
}

function isAsInLibpq(url: URL): boolean {
  return lastOf(url, "uselibpqcompat") === "true"
}

/** As pg does where a name stands twice. */
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
