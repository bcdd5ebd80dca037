// Views whose code is fetched when they are first shown.
// Invariants: a view that was fetched once shows at once; one that cannot be fetched (the server was
// replaced by a newer one) says so and how to go on.
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Empty } from "../controls/notes";

export function lazyView<P extends object>(
  fetchView: () => Promise<FunctionComponent<P>>,
): (props: P) => JSX.Element {
  let known: FunctionComponent<P> | null = null;
  return function LazyView(props: P): JSX.Element {
    const [View, setView] = useState<FunctionComponent<P> | null>(() => known);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (View) return;
      fetchView()
        .then((view) => {
          known = view;
          setView(() => view);
        })
        .catch(() => setFailed(true));
    }, []);
    if (View) return <View {...props} />;
    return failed ? <NotFetched /> : <></>;
  };
}

function NotFetched(): JSX.Element {
  return (
    <Empty title="This part of the page could not be fetched">
      <p>The server may have been restarted with another version, or is not reachable.</p>
      <button type="button" class="button" onClick={() => window.location.reload()}>
        Load the page again
      </button>
    </Empty>
  );
}
