//! The dashboards that come ready-made.

use std::sync::LazyLock;

use crate::document::Dashboard;

/// A dashboard that comes ready-made.
#[derive(Clone, Debug)]
pub struct Builtin {
    /// Its name in addresses: small letters, digits and `-`.
    pub id: &'static str,
    /// The dashboard.
    pub dashboard: Dashboard,
}

const FILES: [(&str, &str); 4] = [
    ("services", include_str!("../builtin/services.json")),
    ("hosts", include_str!("../builtin/hosts.json")),
    ("hosts-node-exporter", include_str!("../builtin/hosts-node-exporter.json")),
    ("plimsoll", include_str!("../builtin/plimsoll.json")),
];

/// The ready-made dashboards, in the order to show them.
#[must_use]
pub fn builtin() -> &'static [Builtin] {
    static BUILTIN: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
        let read = |(id, json): (&'static str, &str)| Builtin {
            id,
            dashboard: Dashboard::parse(json.as_bytes()).expect("a test reads every file"),
        };
        FILES.map(read).into()
    });
    &BUILTIN
}
