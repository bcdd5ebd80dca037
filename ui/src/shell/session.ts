// Who is signed in.
// Invariants: the page never holds a token or a cookie in script's reach; signing in or out forgets
// every cached answer.
import { signal } from "@preact/signals";
import { request, signedOut } from "../api/client";
import { clearPages } from "../api/pages";
import { clearCache } from "../api/resource";
import type { Session } from "../api/types";

export const session = signal<Session | null>(null);

/** Asks who is signed in; a 401 shows the sign-in page by way of `signedOut`. */
export async function loadSession(): Promise<void> {
  try {
    session.value = await request<Session>("/api/v1/auth/session");
  } catch {
    session.value = null; // The view that needs the server shows why it fails.
  }
}

export async function signIn(token: string): Promise<void> {
  await request<unknown>("/api/v1/auth/sign-in", { method: "POST", body: { token } });
  forget();
  await loadSession();
  signedOut.value = false;
}

export async function signOut(): Promise<void> {
  await request<unknown>("/api/v1/auth/sign-out", { method: "POST" });
  forget();
  session.value = null;
  signedOut.value = true;
}

function forget(): void {
  clearCache();
  clearPages();
}
