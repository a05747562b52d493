/** Style of the keys that are shown beside an action on hover. */
export const shortcutHint =
  "ms-auto shrink-0 pe-2 font-sans text-note font-normal text-quiet opacity-0 transition-opacity duration-150 pointer-coarse:hidden"
