// Entry of the dashboards, fetched when one of their views is first shown.
import type { JSX } from "preact";
import "../../styles/dashboards.css";
import { DashboardPage } from "./dashboard_page";
import { ListPage } from "./list_page";

/** The list, or the dashboard of an id. */
export function Dashboards({ id }: { id: string }): JSX.Element {
  return id === "" ? <ListPage /> : <DashboardPage key={id} id={id} />;
}
