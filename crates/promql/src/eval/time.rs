//! Parts of a date in UTC, from seconds since 1970.
//!
//! Days become dates as in Howard Hinnant's "chrono-compatible low-level date algorithms": years begin in
//! March, so that the leap day is the last.

/// A function of dates.
pub(super) fn find(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "minute" => |seconds| whole(seconds).div_euclid(60).rem_euclid(60) as f64,
        "hour" => |seconds| whole(seconds).div_euclid(3_600).rem_euclid(24) as f64,
        "day_of_week" => |seconds| (days(seconds) + 4).rem_euclid(7) as f64,
        "day_of_month" => |seconds| date(days(seconds)).2 as f64,
        "day_of_year" => |seconds| {
            let day = days(seconds);
            (day - first_of(date(day).0, 1) + 1) as f64
        },
        "days_in_month" => |seconds| {
            let (year, month, _) = date(days(seconds));
            let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
            (next - first_of(year, month)) as f64
        },
        "month" => |seconds| date(days(seconds)).1 as f64,
        "year" => |seconds| date(days(seconds)).0 as f64,
        _ => return None,
    })
}

/// A time as RFC 3339 writes it, in UTC.
pub(super) fn rfc_3339(seconds: i64) -> String {
    let (year, month, day) = date(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn whole(seconds: f64) -> i64 {
    seconds as i64
}

fn days(seconds: f64) -> i64 {
    whole(seconds).div_euclid(86_400)
}

/// Years of a cycle of the calendar, and the days in it.
const CYCLE_YEARS: i64 = 400;
const CYCLE_DAYS: i64 = 146_097;

/// Days from the first of March of the year 0 to 1970.
const SHIFT_DAYS: i64 = 719_468;

/// Year, month and day of a number of days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + SHIFT_DAYS;
    let cycle = days.div_euclid(CYCLE_DAYS);
    let day = days.rem_euclid(CYCLE_DAYS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (calendar, passed) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * CYCLE_YEARS + year + passed, calendar, day - (153 * month + 2) / 5 + 1)
}

/// Days since 1970 of the first of a month.
fn first_of(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (cycle, year) = (year.div_euclid(CYCLE_YEARS), year.rem_euclid(CYCLE_YEARS));
    let day = 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5;
    cycle * CYCLE_DAYS + day - SHIFT_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_back() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(-1), (1969, 12, 31));
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, of_month) = date(day);
            assert_eq!(first_of(year, month) + of_month - 1, day);
        }
        assert_eq!(rfc_3339(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(rfc_3339(-1), "1969-12-31T23:59:59Z");
        let of = |name: &str, seconds| find(name).unwrap()(seconds);
        assert_eq!(of("days_in_month", 1_454_284_800.0), 29.0);
        assert_eq!(of("day_of_year", 1_483_142_400.0), 366.0);
        assert_eq!(of("day_of_week", 0.0), 4.0);
    }
}
