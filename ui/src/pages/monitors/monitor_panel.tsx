// One monitor: what is expected of it, and its last check-ins.
// Invariant: deleting asks again in place, and says that a job that checks in comes back.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { CheckIn, Monitor } from "../../api/errors";
import type { Problem } from "../../api/types";
import { SureButton } from "../../controls/buttons";
import { Moment, ServiceName } from "../../controls/figures";
import { Icon } from "../../controls/icons";
import { ProblemNote } from "../../controls/notes";
import { visible } from "../../errors/badges";
import { durationMs, text } from "../../format/quantity";
import { session } from "../../shell/session";
import { usePageKeys } from "../../shell/keyboard";
import { setParams } from "../../url/location";
import { Status } from "./monitors_page";

const SHOWN = 30;

interface MonitorPanelProps {
  monitor: Monitor;
  onDeleted: () => void;
}

export function MonitorPanel({ monitor, onDeleted }: MonitorPanelProps): JSX.Element {
  const path = apiPath(`/monitors/${encodeURIComponent(monitor.slug)}`);
  const { data, problem } = useResource<{ check_ins: CheckIn[] }>(
    `${path}/check-ins?limit=${SHOWN}`,
  );
  const close = (): void => setParams({ monitor: null });
  usePageKeys({ Escape: close });
  return (
    <aside class="panel" aria-label="Monitor">
      <h2 class="panel-head">
        <span class="clip">{visible(monitor.slug)}</span>
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </h2>
      <dl class="settings panel-body">
        <Fact name="Service">
          <ServiceName name={monitor.service} />
        </Fact>
        <Fact name="Schedule">
          <span class="mono">{visible(monitor.schedule)}</span>{" "}
          <span class="faint">{visible(monitor.timezone)}</span>
        </Fact>
        <Fact name="May begin late by">{minutes(monitor.margin_minutes)}</Fact>
        <Fact name="May run for">{minutes(monitor.max_runtime_minutes)}</Fact>
        <Fact name="Next expected">
          <Moment at={monitor.next_expected} as="ago" />
        </Fact>
      </dl>
      <ProblemNote problem={problem} />
      {data && <CheckIns of={data.check_ins} />}
      {session.value?.role !== "viewer" && <DeleteButton path={path} onDeleted={onDeleted} />}
    </aside>
  );
}

function minutes(amount: number | null): string {
  return amount === null ? "–" : text(durationMs(amount * 60_000));
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="clip">{children}</dd>
    </div>
  );
}

function CheckIns({ of: all }: { of: readonly CheckIn[] }): JSX.Element {
  if (all.length === 0) return <p class="calm">It has not checked in yet</p>;
  return (
    <table class="plain-table check-in-table">
      <thead>
        <tr>
          <th>Check-in</th>
          <th>Status</th>
          <th class="right">Took</th>
        </tr>
      </thead>
      <tbody>
        {all.map((one) => (
          <tr key={one.id}>
            <td>
              <Moment at={one.at} digits={0} />
            </td>
            <td>
              <Status of={one.status} />
            </td>
            <td class="right muted">
              {one.duration_seconds === null ? "–" : text(durationMs(one.duration_seconds * 1000))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface DeleteButtonProps {
  path: string;
  onDeleted: () => void;
}

function DeleteButton({ path, onDeleted }: DeleteButtonProps): JSX.Element {
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = async (): Promise<void> => {
    try {
      await request<unknown>(path, { method: "DELETE" });
      setParams({ monitor: null });
      onDeleted();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <div class="monitor-foot">
      <SureButton
        label="Delete"
        sure="Delete it and its history"
        note="it comes back when the job checks in"
        onSure={remove}
      />
      <ProblemNote problem={problem} />
    </div>
  );
}
