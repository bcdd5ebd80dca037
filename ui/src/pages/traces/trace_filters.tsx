// The conditions of a trace search, each one a parameter of the address.
// Invariant: FILTER_KEYS are exactly the API's filter parameters that this form sets.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { ServiceDetail, ServiceList } from "../../api/types";
import { AttributeChips } from "../../controls/attribute_chips";
import { Segmented } from "../../controls/buttons";
import { Combobox } from "../../controls/combobox";
import { DurationInput, TextInput } from "../../controls/inputs";
import { param, place, setParams } from "../../url/location";

export const FILTER_KEYS = [
  "service",
  "operation",
  "status",
  "spans",
  "min_duration_ms",
  "max_duration_ms",
  "attr",
  "q",
] as const;

/** Whether the address sets conditions; without any, every span of every trace meets them. */
export function isFiltered(): boolean {
  return FILTER_KEYS.some((key) => place.value.params.has(key));
}

export function TraceFilters(): JSX.Element {
  return (
    <section class="panel filters" aria-label="Conditions">
      <ServicePicker />
      <OperationPicker />
      <Segmented
        label="Status"
        value={param("status")}
        options={[
          { value: "", label: "Any" },
          { value: "ok", label: "OK" },
          { value: "error", label: "Failed" },
        ]}
        onChange={(status) => setParams({ status })}
      />
      <Segmented
        label="Spans"
        value={param("spans")}
        options={[
          { value: "", label: "All spans" },
          { value: "requests", label: "Requests" },
        ]}
        onChange={(spans) => setParams({ spans })}
      />
      <div class="between" role="group" aria-label="Duration">
        <DurationInput
          label="At least this long"
          placeholder="min"
          value={param("min_duration_ms")}
          onCommit={(value) => setParams({ min_duration_ms: value })}
        />
        <span class="faint">to</span>
        <DurationInput
          label="At most this long"
          placeholder="max"
          value={param("max_duration_ms")}
          onCommit={(value) => setParams({ max_duration_ms: value })}
        />
      </div>
      <TextInput
        label="Text in the span name"
        placeholder="Span name"
        icon="search"
        value={param("q")}
        onCommit={(q) => setParams({ q })}
      />
      <AttributeChips
        filters={place.value.params.getAll("attr")}
        onChange={(attr) => setParams({ attr })}
      />
    </section>
  );
}

/** Also used by logs; changing the service lets go of the operation, which belongs to it. */
export function ServicePicker(): JSX.Element {
  const [asked, setAsked] = useState(false);
  const { data } = useResource<ServiceList>(asked ? rangedPath("/monitoring/services") : null, {
    live: false,
  });
  const names = [...new Set((data?.services ?? []).map((service) => service.name))].sort();
  return (
    <Combobox
      label="Service"
      placeholder="Any service"
      value={param("service")}
      suggestions={names}
      onFocus={() => setAsked(true)}
      onCommit={(service) => setParams({ service, operation: null })}
    />
  );
}

function OperationPicker(): JSX.Element {
  const [asked, setAsked] = useState(false);
  const service = param("service");
  const path =
    asked && service !== ""
      ? rangedPath(`/monitoring/services/${encodeURIComponent(service)}`)
      : null;
  const { data } = useResource<ServiceDetail>(path, { live: false });
  const names = [...new Set((data?.operations ?? []).map((operation) => operation.name))];
  return (
    <Combobox
      label="Operation"
      placeholder="Any operation"
      value={param("operation")}
      suggestions={names}
      onFocus={() => setAsked(true)}
      onCommit={(operation) => setParams({ operation })}
    />
  );
}
