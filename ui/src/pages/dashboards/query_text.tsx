// The text of a query while it is typed.
// Invariant: it counts on Ctrl+Enter and on leaving the field, never in between.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

interface QueryTextProps {
  label: string;
  value: string;
  onCommit: (text: string) => void;
}

export function QueryText({ label, value, onCommit }: QueryTextProps): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = (): void => {
    if (text !== value) onCommit(text);
  };
  return (
    <textarea
      class="field mono"
      aria-label={label}
      spellcheck={false}
      placeholder="sum by (job) (rate(http_requests_total[$__rate_interval]))"
      rows={Math.max(2, Math.min(12, text.split("\n").length))}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        commit();
      }}
    />
  );
}
