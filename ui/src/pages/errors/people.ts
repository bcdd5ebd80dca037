// Who has issues: nobody keeps a list of people, the issues name them.
import type { Issue } from "../../api/errors";

export function peopleOf(issues: readonly Issue[]): string[] {
  return [...new Set(issues.flatMap(({ assignee }) => assignee ?? []))].sort();
}
