// The API tokens: list, make, revoke.
// Invariants: a new token's secret is shown once and kept only in this component; revoking asks again
// in place; scopes are told in words.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { ApiToken, CreatedToken, Problem } from "../../api/types";
import { CopyButton, SureButton } from "../../controls/buttons";
import { Moment, Tag } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { counted } from "../../format/quantity";
import { TokenForm, type TokenRequest } from "./token_form";

const PATH = apiPath("/admin/tokens");

export function Tokens(): JSX.Element {
  const list = useResource<{ tokens: ApiToken[] }>(PATH, { live: false });
  const [made, setMade] = useState<CreatedToken | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async (action: () => Promise<void>): Promise<boolean> => {
    try {
      setProblem(null);
      await action();
      list.reload();
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    }
  };
  const create = (body: TokenRequest): Promise<boolean> =>
    attempt(async () => setMade(await request<CreatedToken>(PATH, { method: "POST", body })));
  const revoke = (id: string): Promise<boolean> =>
    attempt(async () => {
      await request<unknown>(`${PATH}/${encodeURIComponent(id)}`, { method: "DELETE" });
      if (made?.id === id) setMade(null);
    });
  return (
    <section class="panel">
      <h2 class="panel-head">
        <span>
          API tokens{" "}
          <span class="panel-note">for SDKs that send, scripts that ask, people who sign in</span>
        </span>
      </h2>
      <div class="panel-body">
        <TokenForm onCreate={create} />
        {made && <Secret made={made} />}
        <ProblemNote problem={problem ?? list.problem} />
      </div>
      {list.data && <TokenLists tokens={list.data.tokens} onRevoke={revoke} />}
    </section>
  );
}

function Secret({ made }: { made: CreatedToken }): JSX.Element {
  const header = `export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${made.token}"`;
  return (
    <div class="note ok" role="status">
      <b>Token “{made.name}” is made; copy it now, it is not shown again</b>
      <div class="command">
        <code>{made.token}</code>
        <CopyButton text={made.token} label="copy the token" />
      </div>
      {made.scopes.includes("ingest") && (
        <div class="command">
          <code>{header}</code>
          <CopyButton text={header} label="copy the header line" />
        </div>
      )}
    </div>
  );
}

interface TokenTableProps {
  tokens: readonly ApiToken[];
  onRevoke: (id: string) => Promise<boolean>;
}

/** The tokens that work; those that no longer do on demand. */
function TokenLists({ tokens, onRevoke }: TokenTableProps): JSX.Element {
  const [all, setAll] = useState(false);
  const dead = tokens.filter((token) => !token.live).length;
  const shown = all ? tokens : tokens.filter((token) => token.live);
  return (
    <>
      {shown.length === 0 && <p class="calm">No token yet</p>}
      {shown.length > 0 && <TokenTable tokens={shown} onRevoke={onRevoke} />}
      {dead > 0 && (
        <button type="button" class="link token-dead" onClick={() => setAll(!all)}>
          {all ? "Hide" : "Show"} {counted(dead, "token")} revoked or expired
        </button>
      )}
    </>
  );
}

function TokenTable({ tokens, onRevoke }: TokenTableProps): JSX.Element {
  return (
    <table class="plain-table">
      <thead>
        <tr>
          <th>Name</th>
          <th>Scopes</th>
          <th>Made</th>
          <th>Last used</th>
          <th>Expires</th>
          <th class="right">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>{token.name}</td>
            <td>
              {token.scopes.map((scope) => (
                <Tag key={scope}>{scope}</Tag>
              ))}
            </td>
            <td class="muted">
              <Moment at={token.created_at} as="ago" />
            </td>
            <td class="muted">
              {token.last_used_at ? <Moment at={token.last_used_at} as="ago" /> : "never"}
            </td>
            <td class="muted">
              <TokenEnd token={token} />
            </td>
            <td class="right">
              {token.live && (
                <SureButton
                  label="Revoke"
                  named={token.name}
                  sure="Revoke for good"
                  onSure={() => onRevoke(token.id)}
                />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function TokenEnd({ token }: { token: ApiToken }): JSX.Element {
  if (token.revoked_at) {
    return (
      <>
        revoked <Moment at={token.revoked_at} as="ago" />
      </>
    );
  }
  return token.expires_at ? <Moment at={token.expires_at} as="ago" /> : <>never</>;
}
