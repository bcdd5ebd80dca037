// Queries to start from, over the tables and views that docs/sql.md describes.
// Invariant: each runs as it stands, on an empty store too.

export const EXAMPLES: readonly { title: string; query: string }[] = [
  {
    title: "Spans by service",
    query: `SELECT service_name, count(*) AS spans, round(avg(duration_ms), 2) AS mean_ms
FROM spans_readable
WHERE time > now() - INTERVAL '1 hour'
GROUP BY service_name
ORDER BY spans DESC`,
  },
  {
    title: "Slowest spans",
    query: `SELECT time, service_name, name, duration_ms, status, trace_id
FROM spans_readable
WHERE time > now() - INTERVAL '1 hour'
ORDER BY duration_ms DESC
LIMIT 100`,
  },
  {
    title: "Latest errors in logs",
    query: `SELECT time, service_name, severity, body, trace_id
FROM logs_readable
WHERE severity IN ('error', 'fatal')
ORDER BY time DESC
LIMIT 100`,
  },
  {
    title: "Tables",
    query: `SELECT table_name, column_name, data_type
FROM information_schema.columns
ORDER BY table_name, ordinal_position`,
  },
];
