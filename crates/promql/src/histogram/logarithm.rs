//! Powers and logarithms to base two, to the last bit as the reference's runtime computes them.
//!
//! Invariants: no step depends on the platform's mathematics library, so results are the same everywhere.

/// The high and the low part of the natural logarithm of two.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// Where the exponent of a number's bits starts, and what is added to it.
const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: i64 = 1023;

/// `fraction * 2^exponent`, rounded once; `fraction` is zero or in `[0.5, 2)`.
#[must_use]
pub(crate) fn scale(fraction: f64, exponent: i64) -> f64 {
    let (doubled, exponent) =
        if fraction < 1.0 { (fraction * 2.0, exponent - 1) } else { (fraction, exponent) };
    match exponent {
        1024.. => doubled * f64::INFINITY,
        -1022..=1023 => doubled * power(exponent),
        -1100..=-1023 => doubled * f64::MIN_POSITIVE * power(exponent + 1022),
        _ => 0.0,
    }
}

/// A power of two; the exponent is in `-1022..=1023`.
fn power(exponent: i64) -> f64 {
    let biased = exponent.saturating_add(EXPONENT_BIAS).clamp(1, 2046);
    f64::from_bits(biased.unsigned_abs() << MANTISSA_BITS)
}

/// A positive finite number as a fraction in `[0.5, 1)` and an exponent of two.
fn split(value: f64) -> (f64, i32) {
    if value < f64::MIN_POSITIVE {
        let (fraction, exponent) = split(value * power(54));
        return (fraction, exponent - 54);
    }
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> MANTISSA_BITS) & 0x7ff).unwrap_or(0) - 1022;
    let fraction = f64::from_bits((bits & ((1 << MANTISSA_BITS) - 1)) | (1022 << MANTISSA_BITS));
    (fraction, exponent)
}

/// The logarithm to base two.
#[must_use]
pub(crate) fn log2(value: f64) -> f64 {
    if value == 0.0 {
        return f64::NEG_INFINITY;
    }
    if value.is_nan() || value < 0.0 {
        return f64::NAN;
    }
    if value.is_infinite() {
        return value;
    }
    let (fraction, exponent) = split(value);
    if fraction == 0.5 {
        return f64::from(exponent - 1);
    }
    natural_log(fraction) * (1.0 / std::f64::consts::LN_2) + f64::from(exponent)
}

/// The natural logarithm of a number in `[0.5, 1)`, by a polynomial in `s = f / (2 + f)`.
fn natural_log(fraction: f64) -> f64 {
    const ODD: [f64; 4] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    const EVEN: [f64; 3] = [
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
    ];
    let (near_one, exponent) = if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        (fraction * 2.0, -1.0)
    } else {
        (fraction, 0.0)
    };
    let f = near_one - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (ODD[0] + s4 * (ODD[1] + s4 * (ODD[2] + s4 * ODD[3])));
    let even = s4 * (EVEN[0] + s4 * (EVEN[1] + s4 * EVEN[2]));
    let half_square = 0.5 * f * f;
    exponent * LN_2_HIGH
        - ((half_square - (s * (half_square + (odd + even)) + exponent * LN_2_LOW)) - f)
}

/// Two to the power of a number.
#[must_use]
pub(crate) fn exp2(value: f64) -> f64 {
    const P: [f64; 5] = [
        f64::from_bits(0x3fc5_5555_5555_5555),
        f64::from_bits(0xbf66_c16c_16be_bd93),
        f64::from_bits(0x3f11_566a_af25_de2c),
        f64::from_bits(0xbebb_bd41_c5d2_6bf1),
        f64::from_bits(0x3e66_3769_72be_a4d0),
    ];
    if value.is_nan() {
        return value;
    }
    if value > 1_023.999_999_999_999_9 {
        return f64::INFINITY;
    }
    if value < -1074.0 {
        return 0.0;
    }
    let whole = (value + if value > 0.0 { 0.5 } else { -0.5 }).trunc();
    let part = value - whole;
    let high = part * LN_2_HIGH;
    let low = -part * LN_2_LOW;
    let r = high - low;
    let t = r * r;
    let c = r - t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
    let fraction = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    scale(fraction, whole as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{exp2, log2, scale};

    #[test]
    fn powers_of_two_are_exact() {
        for exponent in -1074..1024_i32 {
            let value = scale(1.0, i64::from(exponent));
            assert_eq!(log2(value), f64::from(exponent));
            assert_eq!(exp2(f64::from(exponent)), value);
        }
        assert_eq!(scale(1.0, 1024), f64::INFINITY);
        assert_eq!(scale(0.5, -1_000_000), 0.0);
        assert_eq!(exp2(1024.0), f64::INFINITY);
        assert_eq!(log2(0.0), f64::NEG_INFINITY);
        assert!(log2(-1.0).is_nan());
    }

    proptest! {
        #[test]
        fn close_to_the_platform(value in -1000.0..1000.0_f64, positive in 1e-300..1e300_f64) {
            prop_assert!((exp2(value) / value.exp2() - 1.0).abs() < 1e-15);
            prop_assert!((log2(positive) - positive.log2()).abs() <= 1e-15 * positive.log2().abs() + 1e-15);
        }
    }
}
