/** Installs what is always tested before any test file looks for it: two installations at once would lock each other out. */
import { findOrInstall } from "../debian.ts"
import { places, proxyPrograms } from "./programs.ts"

export function setup(): void {
  for (const { program, debianPackage, isRequired } of proxyPrograms)
    if (isRequired) findOrInstall(program, debianPackage, places(program))
}
