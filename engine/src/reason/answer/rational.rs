//! Exact fractions of 128-bit integers, so that 0.1 + 0.2 is 0.3 and nothing overflows in silence.

use std::fmt;

/// A reduced fraction; the denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    /// The fraction; none when the denominator is 0 or the result does not fit 128 bits.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        if denominator == 0 {
            return None;
        }
        let divisor = if denominator < 0 { -divisor } else { divisor };
        let (numerator, denominator) = (numerator.checked_div(divisor)?, denominator.checked_div(divisor)?);
        Some(Self { numerator, denominator })
    }

    /// A decimal numeral: digits, perhaps a point, perhaps more digits; at least one digit in all.
    ///
    /// ```
    /// use duet_engine::reason::Rational;
    /// assert_eq!(Rational::from_decimal("12.50"), Rational::new(25, 2));
    /// ```
    #[must_use]
    pub fn from_decimal(numeral: &str) -> Option<Self> {
        let (whole, part) = numeral.split_once('.').unwrap_or((numeral, ""));
        let part = part.trim_end_matches('0');
        let digits = format!("{whole}{part}");
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !numeral.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let numerator = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        Self::new(numerator, 10i128.checked_pow(u32::try_from(part.len()).ok()?)?)
    }

    /// Above the line.
    #[must_use]
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// Below the line; positive.
    #[must_use]
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// Sum, unless it overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// Difference, unless it overflows.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.checked_neg()?)
    }

    /// Product, unless it overflows.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // Crosswise reduction first: the products are then as small as the result.
        let a = Self::new(self.numerator, other.denominator)?;
        let b = Self::new(other.numerator, self.denominator)?;
        Self::new(a.numerator.checked_mul(b.numerator)?, a.denominator.checked_mul(b.denominator)?)
    }

    /// Quotient, unless the divisor is 0 or it overflows.
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.checked_mul(Self::new(other.denominator, other.numerator)?)
    }

    /// The negative, unless it overflows.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        Some(Self { numerator: self.numerator.checked_neg()?, ..self })
    }
}

/// An integer as "15", a terminating decimal as "2.5", any other fraction as "1/3".
impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.denominator, self.decimal()) {
            (1, _) => write!(f, "{}", self.numerator),
            (_, Some(decimal)) => f.write_str(&decimal),
            _ => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

impl Rational {
    /// The exact decimal notation, where it ends within what 128 bits hold.
    fn decimal(self) -> Option<String> {
        let places = (1..=38u32).find(|places| 10i128.pow(*places) % self.denominator == 0)?;
        let scaled = self.numerator.checked_mul(10i128.pow(places) / self.denominator)?;
        let digits = format!("{:0width$}", scaled.unsigned_abs(), width = places as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - places as usize);
        let sign = if scaled < 0 { "-" } else { "" };
        Some(format!("{sign}{whole}.{part}"))
    }
}

/// Greatest common divisor; gcd(0, 0) is 0.
fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rational(numerator: i128, denominator: i128) -> Rational {
        Rational::new(numerator, denominator).expect("in range")
    }

    #[test]
    fn is_reduced_and_printed_plainly() {
        for (n, d, shown) in [
            (6, 3, "2"),
            (-5, 2, "-2.5"),
            (5, -10, "-0.5"),
            (1, 3, "1/3"),
            (1, 8, "0.125"),
            (0, 7, "0"),
            (-1, 40, "-0.025"),
        ] {
            assert_eq!(rational(n, d).to_string(), shown);
        }
        assert_eq!(Rational::new(1, 0), None);
        assert_eq!(Rational::new(0, 0), None);
    }

    #[test]
    fn overflow_is_none() {
        let huge = rational(i128::MAX, 1);
        assert_eq!(huge.checked_add(rational(1, 1)), None);
        assert_eq!(huge.checked_mul(rational(2, 1)), None);
        assert_eq!(Rational::new(i128::MIN, -1), None);
        assert_eq!(rational(i128::MIN, 1).checked_neg(), None);
        assert_eq!(Rational::from_decimal(&"9".repeat(40)), None);
        assert_eq!(Rational::from_decimal(&format!("0.{}1", "0".repeat(60))), None);
    }

    #[test]
    fn numerals() {
        assert_eq!(Rational::from_decimal(".5"), Some(rational(1, 2)));
        assert_eq!(Rational::from_decimal("5."), Some(rational(5, 1)));
        assert_eq!(Rational::from_decimal("0.000"), Some(rational(0, 1)));
        for not in ["", ".", "-1", "1.2.3", "a", "1e5"] {
            assert_eq!(Rational::from_decimal(not), None, "{not}");
        }
    }

    proptest! {
        #[test]
        fn arithmetic_undoes_itself(a in -9999i128..9999, b in 1i128..9999, c in -9999i128..9999, d in 1i128..9999) {
            let (x, y) = (rational(a, b), rational(c, d));
            prop_assert_eq!(x.checked_add(y).and_then(|sum| sum.checked_sub(y)), Some(x));
            if c != 0 {
                prop_assert_eq!(x.checked_mul(y).and_then(|product| product.checked_div(y)), Some(x));
            }
        }

        #[test]
        fn nothing_panics(a: i128, b: i128, c: i128, d: i128) {
            if let (Some(x), Some(y)) = (Rational::new(a, b), Rational::new(c, d)) {
                let all = [x.checked_add(y), x.checked_sub(y), x.checked_mul(y), x.checked_div(y), x.checked_neg()];
                for result in all.into_iter().flatten() {
                    prop_assert!(result.denominator() > 0);
                    prop_assert!(!result.to_string().is_empty());
                }
            }
        }
    }
}
