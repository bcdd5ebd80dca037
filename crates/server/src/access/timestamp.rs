//! Times as the API writes them: RFC 3339, UTC, nanoseconds.

use plimsoll_model::UnixNano;

/// `2026-11-22T14:51:07.304123456Z`.
pub(super) fn rfc3339(time: UnixNano) -> String {
    let (second, nano) = (time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000));
    let (day, second) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let (year, month, day) = civil(day);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nano:09}Z")
}

/// The date of a day counted from 1970-01-01, by counting years from March within eras of 400
/// years, so that the leap day is the last of a year.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (time, expected) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (1_795_359_067_304_123_456, "2026-11-22T14:51:07.304123456Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            assert_eq!(rfc3339(time), expected);
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut before = civil(-106_752);
        for day in -106_751..106_752 {
            let after = civil(day);
            let next = after == (before.0, before.1, before.2 + 1)
                || (after.2 == 1 && after == (before.0, before.1 + 1, 1) && before.2 >= 28)
                || (before.1 == 12 && before.2 == 31 && after == (before.0 + 1, 1, 1));
            assert!(next, "{before:?} then {after:?}");
            before = after;
        }
    }
}
