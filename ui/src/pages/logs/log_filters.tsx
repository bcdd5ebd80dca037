// The conditions of a log search, each one a parameter of the address.
// Invariant: FILTER_KEYS are exactly the API's filter parameters that this form sets or shows.
import type { JSX } from "preact";
import { AttributeChips } from "../../controls/attribute_chips";
import { Segmented } from "../../controls/buttons";
import { TextInput } from "../../controls/inputs";
import { Icon } from "../../controls/icons";
import { param, place, setParams } from "../../url/location";
import { ServicePicker } from "../traces/trace_filters";

export const FILTER_KEYS = ["service", "severity", "q", "attr", "trace_id", "span_id"] as const;

export function LogFilters(): JSX.Element {
  return (
    <section class="panel filters" aria-label="Conditions">
      <ServicePicker />
      <Segmented
        label="Severity at least"
        value={param("severity")}
        options={[
          { value: "", label: "All" },
          { value: "debug", label: "Debug+", title: "debug and above" },
          { value: "info", label: "Info+", title: "info and above" },
          { value: "warn", label: "Warn+", title: "warn and above" },
          { value: "error", label: "Error+", title: "error and above" },
        ]}
        onChange={(severity) => setParams({ severity })}
      />
      <TextInput
        label="Text in the record"
        placeholder="Text in the record"
        icon="search"
        class="wide"
        value={param("q")}
        onCommit={(q) => setParams({ q })}
      />
      <AttributeChips
        filters={place.value.params.getAll("attr")}
        onChange={(attr) => setParams({ attr })}
      />
      <IdChip name="trace_id" label="trace" />
      <IdChip name="span_id" label="span" />
    </section>
  );
}

function IdChip({
  name,
  label,
}: {
  name: "trace_id" | "span_id";
  label: string;
}): JSX.Element | null {
  const id = param(name);
  if (id === "") return null;
  return (
    <span class="chip mono">
      <span>{label}</span>
      <b class="clip">{id}</b>
      <button
        type="button"
        class="quiet"
        aria-label={`any ${label}`}
        onClick={() => setParams({ [name]: null })}
      >
        <Icon name="close" size={10} />
      </button>
    </span>
  );
}
