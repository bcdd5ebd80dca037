// The HTTP request during which an event happened.
// Invariant: its address is text and never a link: a stranger wrote it.
import type { ComponentChildren, JSX } from "preact";
import type { HttpRequest } from "../../api/errors";
import { CopyButton, Segmented } from "../../controls/buttons";
import { visible } from "../../errors/badges";
import { bounded, pairsOf, valueText } from "../../errors/values";
import { param, setParams } from "../../url/location";
import { Pair } from "./frame_row";

type View = "headers" | "query" | "cookies" | "body" | "env";

export function RequestPart({ request }: { request: HttpRequest | null }): JSX.Element | null {
  if (!request) return null;
  const views = viewsOf(request);
  const asked = param("request") as View;
  const view = views.find((one) => one.value === asked) ?? views[0];
  return (
    <section class="panel" aria-label="Request">
      <h2 class="panel-head request-head">
        <span class="clip request-line">
          {request.method && <span class="mono">{request.method}</span>}
          <span class="mono clip" title={request.url}>
            {visible(bounded(request.url, 2_000).text)}
          </span>
          <CopyButton text={request.url} label="copy the address" />
        </span>
        {views.length > 1 && view && (
          <Segmented<View>
            label="Part of the request"
            value={view.value}
            options={views}
            onChange={(next) => setParams({ request: next }, { replace: true })}
          />
        )}
      </h2>
      {view && <div class="part-body">{view.content()}</div>}
    </section>
  );
}

interface RequestView {
  value: View;
  label: string;
  content: () => ComponentChildren;
}

function viewsOf({ headers, query, cookies, body, env }: HttpRequest): RequestView[] {
  const hasBody = body !== null && body !== undefined && body !== "";
  const environment = pairsOf(env);
  const list = (value: View, label: string, pairs: readonly [string, unknown][]): RequestView[] =>
    pairs.length === 0 ? [] : [{ value, label, content: () => <Pairs of={pairs} /> }];
  return [
    ...list("headers", "Headers", headers),
    ...list("query", "Query", query),
    ...list("cookies", "Cookies", cookies),
    ...(hasBody
      ? [{ value: "body" as const, label: "Body", content: () => <Body value={body} /> }]
      : []),
    ...list("env", "Environment", environment ?? []),
  ];
}

export function Pairs({ of: pairs }: { of: readonly [string, unknown][] }): JSX.Element {
  return (
    <dl class="pairs">
      {pairs.map(([name, value], index) => (
        <Pair key={index} name={name} value={valueText(value)} />
      ))}
    </dl>
  );
}

function Body({ value }: { value: unknown }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div class="code-block">
      <pre>{visible(bounded(text).text)}</pre>
      <CopyButton text={text} label="copy the body" />
    </div>
  );
}
