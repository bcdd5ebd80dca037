// A query laid out by the server: long ones over several lines, spaces where they belong.
import { request } from "../api/client";
import type { Answer } from "./types";

/** The query as it was where it does not parse, variables of dashboards included. */
export async function formattedQuery(promql: string): Promise<string> {
  const form = new URLSearchParams({ query: promql });
  try {
    return (await request<Answer<string>>("/prometheus/api/v1/format_query", { form })).data;
  } catch {
    return promql;
  }
}
