// All services that sent requests in the range.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { ServiceList } from "../../api/types";
import { NoTelemetry, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { counted } from "../../format/quantity";
import { knownServices } from "../../shell/search";
import { useTitle } from "../../shell/title";
import { hrefTo } from "../../url/location";
import { ServicesTable } from "./services_table";

export function ServicesPage(): JSX.Element {
  useTitle({ text: "Services" });
  const { data, problem, stale } = useResource<ServiceList>(rangedPath("/monitoring/services"));
  if (data) claimColours(data.services.map((service) => service.name));
  useEffect(() => {
    if (data) knownServices.value = data.services.map((service) => service.name);
  }, [data]);
  return (
    <>
      <ProblemNote problem={problem} />
      {data?.services.length === 0 && <NoTelemetry what="services" />}
      {data && data.services.length > 0 && (
        <section class="panel">
          <h2 class="panel-head">
            <span>
              {counted(data.services.length, "service")}{" "}
              <span class="panel-note">by requests in this range</span>
            </span>
            <a class="link" href={hrefTo("/map")}>
              Service map
            </a>
          </h2>
          <ServicesTable services={data.services} full dimmed={stale} />
        </section>
      )}
    </>
  );
}
