// The PromQL of one query of a panel, in the explorer's editor.
// Invariant: it counts on Ctrl+Enter and on leaving the editor, never in between.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { PromqlEditor } from "../../editor/promql_editor";

interface QueryEditorProps {
  label: string;
  value: string;
  onCommit: (text: string) => void;
}

export function QueryEditor({ label, value, onCommit }: QueryEditorProps): JSX.Element {
  const [text, setText] = useState(value);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => setText(value), [value]);
  const commit = (): void => {
    if (latest.current !== value) onCommit(latest.current);
  };
  return (
    <div onFocusOut={commit}>
      <PromqlEditor
        label={label}
        text={text}
        placeholder="PromQL, such as sum by (job) (rate(http_requests_total[$__rate_interval]))"
        onChange={setText}
        onRun={commit}
      />
    </div>
  );
}
