// A text of any length on a few lines, with the rest one press away.
// Invariant: what is set is bounded, and how much is left out is said.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { visible } from "../../errors/badges";
import { bounded } from "../../errors/values";
import { counted } from "../../format/quantity";

const FEW_CHARACTERS = 600;
const FEW_LINES = 4;

export function LongText({ text }: { text: string }): JSX.Element | null {
  const [all, setAll] = useState(false);
  if (text.trim() === "") return null;
  const isLong = text.length > FEW_CHARACTERS || text.split("\n", FEW_LINES + 1).length > FEW_LINES;
  const shown = bounded(text, all ? undefined : FEW_CHARACTERS);
  return (
    <div class="long-text">
      <p class={all ? "" : "few-lines"} dir="auto">
        {visible(shown.text)}
        {all && shown.more > 0 && (
          <span class="faint"> … {counted(shown.more, "character")} more</span>
        )}
      </p>
      {isLong && (
        <button type="button" class="link" onClick={() => setAll(!all)}>
          {all ? "Less" : "The whole message"}
        </button>
      )}
    </div>
  );
}
