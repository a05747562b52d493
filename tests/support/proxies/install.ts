/** Installs the proxies before any test file needs them, so that no test waits for an installation. */
import { findOrInstall } from "../debian.ts"
import { places, proxyPrograms } from "./programs.ts"

export function setup(): void {
  for (const { program, debianPackage, isRequired } of proxyPrograms)
    if (isRequired) findOrInstall(program, debianPackage, places(program))
}
