/** Installs the proxies before any test file needs them, because two installations at once would block each other. */
import { findOrInstall } from "../debian.ts"
import { places, proxyPrograms } from "./programs.ts"

export function setup(): void {
  for (const { program, debianPackage, isRequired } of proxyPrograms)
    if (isRequired) findOrInstall(program, debianPackage, places(program))
}
