// Plain JavaScript, for any Node: says what is wrong before anything fails in a less helpful way.
const [major = 0] = process.versions.node.split(".").map(Number)
if (major < 24) {
  console.error(
    `Rejoin needs Node 24 and found ${process.version}. "npm ci" brings its own Node 24 for npm scripts, ` +
      "unless it was run with --ignore-scripts: run it again without.",
  )
  process.exit(1)
}
