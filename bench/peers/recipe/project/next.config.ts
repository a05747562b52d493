import type { NextConfig } from "next"

// Without this, Next takes the repository around this folder for its root.
export default { turbopack: { root: import.meta.dirname } } satisfies NextConfig
