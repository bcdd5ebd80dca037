// What the server holds and how much came in.
import type { JSX } from "preact";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { StorageReport } from "../../api/types";
import { Figure, Moment } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { bytes, compact, count } from "../../format/quantity";

export function Storage(): JSX.Element {
  const { data, problem } = useResource<StorageReport>(apiPath("/monitoring/metrics"));
  return (
    <section class="panel">
      <h2 class="panel-head">
        <span>
          Stored <span class="panel-note">in memory until flushed, then in Parquet files</span>
        </span>
      </h2>
      {problem && (
        <div class="panel-body">
          <ProblemNote problem={problem} />
        </div>
      )}
      {data && (
        <>
          <div class="facts in-panel">
            <div>
              Requests
              <b>
                <Figure of={compact(data.ingest.requests)} />
              </b>
            </div>
            <div>
              Items accepted
              <b>
                <Figure of={compact(data.ingest.items)} />
              </b>
            </div>
            <div>
              Items rejected
              <b class={data.ingest.rejected > 0 ? "warn" : ""}>
                <Figure of={compact(data.ingest.rejected)} />
              </b>
            </div>
            <div>
              Requests refused
              <b class={data.ingest.refused > 0 ? "bad" : ""}>
                <Figure of={compact(data.ingest.refused)} />
              </b>
            </div>
            <div>
              Received
              <b>
                <Figure of={bytes(data.ingest.bytes)} />
              </b>
            </div>
            <div>
              Memory
              <b>
                <Figure of={bytes(data.memory.used_bytes)} />{" "}
                <span class="unit">
                  of {bytes(data.memory.budget_bytes).value} {bytes(data.memory.budget_bytes).unit}
                </span>
              </b>
            </div>
          </div>
          <SignalTable signals={data.signals} />
        </>
      )}
    </section>
  );
}

function SignalTable({ signals }: { signals: StorageReport["signals"] }): JSX.Element {
  return (
    <table class="plain-table">
      <thead>
        <tr>
          <th>Table</th>
          <th class="right">Rows in memory</th>
          <th class="right">Rows on disk</th>
          <th class="right">Size in memory</th>
          <th class="right">Size on disk</th>
          <th class="right">Files</th>
          <th class="right">Oldest</th>
          <th class="right">Newest</th>
        </tr>
      </thead>
      <tbody>
        {signals.map((signal) => (
          <tr key={signal.table}>
            <td class="mono">{signal.table}</td>
            <td class="right">
              <Figure of={count(signal.rows_buffered)} />
            </td>
            <td class="right">
              <Figure of={count(signal.rows_on_disk)} />
            </td>
            <td class="right">
              <Figure of={bytes(signal.bytes_buffered)} />
            </td>
            <td class="right">
              <Figure of={bytes(signal.bytes_on_disk)} />
            </td>
            <td class="right">
              <Figure of={count(signal.files)} />
            </td>
            <td class="right muted">
              <Moment at={signal.oldest} as="ago" />
            </td>
            <td class="right muted">
              <Moment at={signal.newest} as="ago" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
