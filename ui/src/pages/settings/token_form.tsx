// The form that asks for a new API token.
// Invariant: asks for the least by default: one scope, and an end.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

export interface TokenRequest {
  name: string;
  scopes: string[];
  expires_in_hours?: number;
}

const SCOPES = [
  { value: "ingest", label: "ingest", what: "send telemetry" },
  { value: "read", label: "read", what: "ask for what a viewer may see" },
  { value: "admin", label: "admin", what: "everything, this page included" },
] as const;

const LIFETIMES = [
  { hours: 24, label: "1 day" },
  { hours: 24 * 30, label: "30 days" },
  { hours: 24 * 365, label: "1 year" },
  { hours: 0, label: "no end" },
] as const;

export function TokenForm({
  onCreate,
}: {
  onCreate: (body: TokenRequest) => Promise<boolean>;
}): JSX.Element {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["ingest"]);
  const [hours, setHours] = useState<number>(24 * 365);
  const toggle = (scope: string): void =>
    setScopes((now) =>
      now.includes(scope) ? now.filter((one) => one !== scope) : [...now, scope],
    );
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body: TokenRequest = { name: name.trim(), scopes };
    if (hours > 0) body.expires_in_hours = hours;
    if (await onCreate(body)) setName("");
  };
  return (
    <form class="token-form" onSubmit={(event) => void submit(event)}>
      <input
        class="field"
        aria-label="Name of the new token"
        placeholder="Name, such as checkout-service"
        required
        maxLength={100}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <fieldset>
        <legend class="unseen">Scopes</legend>
        {SCOPES.map((scope) => (
          <label key={scope.value} class="check" title={scope.what}>
            <input
              type="checkbox"
              checked={scopes.includes(scope.value)}
              onChange={() => toggle(scope.value)}
            />
            {scope.label}
          </label>
        ))}
      </fieldset>
      <label class="row-of">
        <span class="faint">valid for</span>
        <select
          class="field"
          value={String(hours)}
          onChange={(event) => setHours(Number(event.currentTarget.value))}
        >
          {LIFETIMES.map((one) => (
            <option key={one.hours} value={String(one.hours)}>
              {one.label}
            </option>
          ))}
        </select>
      </label>
      <button
        type="submit"
        class="button primary"
        disabled={name.trim() === "" || scopes.length === 0}
      >
        Make a token
      </button>
    </form>
  );
}
