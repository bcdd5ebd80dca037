// A text panel: Markdown as elements.
// Invariant: only the elements named here are made, from a parsed tree; no text is ever markup.
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Panel } from "../../../dashboards/document";
import { interpolateText } from "../../../dashboards/interpolate";
import { parseMarkdown, type Block, type Inline } from "../../../dashboards/markdown";
import { useView } from "../view";

export function TextPanel({ panel }: { panel: Panel }): JSX.Element {
  const { scope } = useView();
  const blocks = useMemo(
    () => parseMarkdown(interpolateText(panel.text, scope)),
    [panel.text, scope],
  );
  return <div class="prose">{blocks.map(blockElement)}</div>;
}

function blockElement(block: Block, key: number): JSX.Element {
  switch (block.kind) {
    case "heading": {
      const Heading = block.level <= 1 ? "h3" : block.level === 2 ? "h4" : "h5";
      return <Heading key={key}>{inlines(block.children)}</Heading>;
    }
    case "paragraph":
      return <p key={key}>{inlines(block.children)}</p>;
    case "quote":
      return <blockquote key={key}>{inlines(block.children)}</blockquote>;
    case "code":
      return <pre key={key}>{block.text}</pre>;
    case "rule":
      return <hr key={key} />;
    case "list": {
      const items = block.items.map((item, at) => <li key={at}>{inlines(item)}</li>);
      return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
  }
}

function inlines(list: readonly Inline[]): ComponentChildren {
  return list.map((one, key) => {
    switch (one.kind) {
      case "text":
        return one.text;
      case "code":
        return <code key={key}>{one.text}</code>;
      case "strong":
        return <strong key={key}>{inlines(one.children)}</strong>;
      case "em":
        return <em key={key}>{inlines(one.children)}</em>;
      case "link":
        return <SafeLink key={key} href={one.href} children={inlines(one.children)} />;
    }
  });
}

/** A link; one that leaves the page opens beside it. */
export function SafeLink(props: { href: string; children: ComponentChildren }): JSX.Element {
  const leaves = !/^[/#]/.test(props.href);
  return (
    <a class="link" href={props.href} {...(leaves && { target: "_blank", rel: "noreferrer" })}>
      {props.children}
    </a>
  );
}
