// The sign-in page, in place of whatever view was asked for.
// Invariants: the address stays, so signing in continues where the person was; the token goes to the
// server once and is kept nowhere.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem } from "../api/client";
import type { Problem } from "../api/types";
import { Logo } from "../controls/icons";
import { ProblemNote } from "../controls/notes";
import { navigate, place } from "../url/location";
import { signIn } from "./session";

export function SignIn(): JSX.Element {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Plimsoll";
    input.current?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(token.trim());
      if (place.value.path === "/sign-in") navigate("/", { replace: true });
    } catch (error) {
      setProblem(asProblem(error));
      input.current?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <div class="sign-in-brand">
        <Logo size={28} />
        <span>Plimsoll</span>
      </div>
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>Sign in</h1>
        <label class="labelled">
          API token with the scope admin or read
          <input
            ref={input}
            class="field mono"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <ProblemNote problem={problem} />
        <button type="submit" class="button primary" disabled={busy || token.trim() === ""}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <div class="sign-in-help">
        <p>
          <b>First start?</b> Plimsoll prints a one-time link that signs this browser in as admin.
          Look in the terminal where it was started.
        </p>
        <p>
          <b>No token?</b> An admin makes one under Settings. On the server’s machine{" "}
          <code>plimsoll token sign-in-link</code> prints a new link.
        </p>
      </div>
    </main>
  );
}
