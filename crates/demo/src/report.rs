//! What the demo tells its user when it opens and when it closes. Pure.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// The shop is open.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Services and where they listen.
    pub services: Vec<(&'static str, SocketAddr)>,
    /// The length of a day.
    pub day: Duration,
}

/// The shop was open.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// For so long.
    pub elapsed: Duration,
    /// Requests of customers.
    pub requests: u64,
    /// Those that were answered with a failure, or not at all.
    pub failed: u64,
    /// Customers that did not come in, since too many were waiting already.
    pub stayed_away: u64,
    /// Releases of checkout during the time.
    pub releases: u64,
}

/// Where to look; ends with a line break.
#[must_use]
pub fn format_opening(opening: &Opening) -> String {
    let mut out = format!(
        "shop open: {} services, a day of {} s with a slow query, a flaky bank and a bad release\n",
        opening.services.len(),
        opening.day.as_secs()
    );
    for (name, address) in &opening.services {
        // Writing to a text does not fail.
        let _ = writeln!(out, "  {name:<14}http://{address}");
    }
    out
}

/// What happened; ends with a line break.
#[must_use]
pub fn format_report(report: &Report) -> String {
    let mut out = format!(
        "shop closed after {} s: {} requests, {} failed, {} releases",
        report.elapsed.as_secs(),
        report.requests,
        report.failed,
        report.releases
    );
    if report.stayed_away > 0 {
        let _ = write!(out, ", {} customers stayed away", report.stayed_away);
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_say_what_there_is() {
        let opening = Opening {
            services: vec![("catalog", SocketAddr::from(([127, 0, 0, 1], 4000)))],
            day: Duration::from_secs(600),
        };
        let text = format_opening(&opening);
        assert!(text.contains("  catalog       http://127.0.0.1:4000\n"), "{text}");
        let report = Report {
            elapsed: Duration::from_secs(61),
            requests: 700,
            failed: 12,
            stayed_away: 0,
            releases: 2,
        };
        let expected = "shop closed after 61 s: 700 requests, 12 failed, 2 releases\n";
        assert_eq!(format_report(&report), expected);
    }
}
