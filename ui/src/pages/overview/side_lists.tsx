// The right column of the overview: alerts that fire, and errors seen lately.
// Invariant: an error leads to a trace that shows it, its count to all such failed requests.
import type { JSX } from "preact";
import type { Alert, RecentError } from "../../api/types";
import { Moment, Swatch, Tag } from "../../controls/figures";
import { Icon } from "../../controls/icons";
import { compact } from "../../format/quantity";
import { hrefTo } from "../../url/location";
import { failuresHref, serviceHref } from "../services/links";

export function Firing({ alerts }: { alerts: readonly Alert[] }): JSX.Element {
  return (
    <section class="panel">
      <h2 class="panel-head">Firing</h2>
      {alerts.length === 0 ? (
        <p class="calm">
          <Icon name="check" /> No alert is firing
        </p>
      ) : (
        <ul class="items">
          {alerts.map((alert) => (
            <li key={alert.id}>
              <div class="item-head">
                <span class="clip">{alert.summary || alert.name}</span>
                <Tag tone={alert.severity === "warning" ? "warn" : "bad"}>{alert.severity}</Tag>
              </div>
              <div class="item-note">
                {alert.name} · <Moment at={alert.started_at} as="ago" />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function RecentErrors({ errors }: { errors: readonly RecentError[] }): JSX.Element {
  return (
    <section class="panel">
      <h2 class="panel-head">
        Recent errors
        <span class="row-of">
          <a class="link" href={failuresHref({})}>
            Traces with errors
          </a>
          <a class="link" href={hrefTo("/errors")}>
            Issues
          </a>
        </span>
      </h2>
      {errors.length === 0 ? (
        <p class="calm">
          <Icon name="check" /> No error in this range
        </p>
      ) : (
        <ul class="items">
          {errors.map((error) => (
            <li key={`${error.service}\n${error.name}\n${error.message}`}>
              <div class="item-head">
                <a
                  class="clip plain"
                  href={hrefTo(`/traces/${error.trace_id}`)}
                  title={error.message || error.name}
                >
                  {error.message || error.name}
                </a>
                <a
                  href={failuresHref({ service: error.service, operation: error.name })}
                  title="all traces in which this operation failed"
                >
                  <Tag tone="bad">{compact(error.count).value}×</Tag>
                </a>
              </div>
              <div class="item-note">
                <a href={serviceHref(error.service)}>
                  <Swatch service={error.service} />
                  {error.service}
                </a>
                <span class="clip">{error.message ? error.name : "no status message"}</span>
                <Moment at={error.last_seen} as="ago" />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
