import { ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react"
import type { MessageMetadata } from "#lib/chat-protocol.ts"
import { IconButton } from "../../controls/icon-button.tsx"
import { texts } from "../../texts.ts"

interface BranchPagerProps {
  branches: NonNullable<MessageMetadata["branches"]>
  /** undefined while an answer is being written */
  onSwitch: ((messageId: string) => void) | undefined
}

/** Shows which version of a message this is, and leads to the others. */
export function BranchPager({ branches: { ids, index }, onSwitch }: BranchPagerProps) {
  const position = `${index + 1}/${ids.length}`
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div
      role="group"
      aria-label={texts.version(index + 1, ids.length)}
      data-testid="branches"
      className="flex items-center text-note text-quiet"
    >
      <Step icon={ChevronLeft} label={texts.versionBefore} target={ids[index - 1]} onSwitch={onSwitch} />
      <span aria-hidden>{position}</span>
      <Step icon={ChevronRight} label={texts.versionAfter} target={ids[index + 1]} onSwitch={onSwitch} />
    </div>
  )
}

interface StepProps extends Pick<BranchPagerProps, "onSwitch"> {
  icon: LucideIcon
  label: string
  target: string | undefined
}

function Step({ icon, label, target, onSwitch }: StepProps) {
  const isAble = target !== undefined && onSwitch !== undefined
  return (
    <IconButton
      icon={icon}
      label={label}
      side="below"
      align="start"
      // Not `disabled`, so that the button keeps the keyboard's focus at the last version.
      aria-disabled={!isAble}
      onClick={() => isAble && onSwitch(target)}
      className="aria-disabled:cursor-default aria-disabled:bg-transparent! aria-disabled:*:opacity-40"
    />
  )
}
