// The dashboards' part of the API.
// Invariant: a document enters the page through `readDashboard`, whatever answered.
import { request } from "../../api/client";
import { apiPath } from "../../api/query";
import type { Problem } from "../../api/types";
import { readDashboard, tidied, type Dashboard } from "../../dashboards/document";
import { Gate } from "../../dashboards/gate";

const PATH = apiPath("/dashboards");

/** What panels and variables ask goes through here, so that a full board does not flood the server. */
export const gate = new Gate(6);

export interface Summary {
  id: string;
  title: string;
  description: string;
  tags: string[];
  version: number;
  updated_at: string;
  updated_by: string;
  built_in: boolean;
}

export interface Stored {
  id: string;
  version: number;
  updated_at: string;
  updated_by: string;
  built_in: boolean;
  dashboard: Dashboard;
}

export interface Version {
  version: number;
  updated_at: string;
  updated_by: string;
}

export interface ImportNote {
  place: string;
  what: string;
  why: string;
}

/** What a refusal of a document says besides its detail: every fault with its place. */
export interface Fault {
  place: string;
  found: string;
  expected: string;
  hint: string;
}

export function faultsOf(problem: Problem | null): Fault[] {
  const { problems } = (problem ?? {}) as { problems?: unknown };
  return Array.isArray(problems) ? (problems as Fault[]) : [];
}

export const LIST_PATH = PATH;

export function boardPath(id: string, version?: number): string {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  return version === undefined ? path : `${path}?version=${version}`;
}

export function versionsPath(id: string): string {
  return `${boardPath(id)}/versions`;
}

function read(answer: Stored): Stored {
  return { ...answer, dashboard: readDashboard(answer.dashboard) };
}

export async function fetchBoard(id: string, version?: number): Promise<Stored> {
  return read(await request<Stored>(boardPath(id, version)));
}

export async function createBoard(dashboard: Dashboard): Promise<Stored> {
  return read(await request<Stored>(PATH, { method: "POST", body: tidied(dashboard) }));
}

export async function saveBoard(
  id: string,
  version: number,
  dashboard: Dashboard,
): Promise<Stored> {
  const body = { version, dashboard: tidied(dashboard) };
  return read(await request<Stored>(boardPath(id), { method: "PUT", body }));
}

export async function deleteBoard(id: string): Promise<void> {
  await request<unknown>(boardPath(id), { method: "DELETE" });
}

export interface Imported {
  dashboard: Dashboard;
  notes: ImportNote[];
}

/** Translates another tool's document; nothing is stored. */
export async function translate(document: unknown): Promise<Imported> {
  const answer = await request<Imported>(`${PATH}/import`, { method: "POST", body: document });
  return { notes: answer.notes, dashboard: readDashboard(answer.dashboard) };
}
