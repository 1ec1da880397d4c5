//! The bound that makes unchecked 64-bit sums safe.

use crate::error::RiskError;

/// What is left for the sums of one market. Every product that enters a sum is charged here first at its largest
/// possible size, with one division instead of overflow checks on every addition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(u64);

impl Budget {
    /// A third of the range of an `i64`: differences of sums, and these less another sum, are in range too.
    pub(super) const FULL: Self = Self(i64::MAX.cast_unsigned() / 3);

    /// Reserves room for `size` × `largest`.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when there is not enough left.
    #[inline(always)]
    pub(super) fn charge(&mut self, size: u64, largest: u64) -> Result<(), RiskError> {
        if let Some(most) = self.0.checked_div(largest)
            && size > most
        {
            return Err(RiskError::Overflow);
        }
        self.0 = self.0.wrapping_sub(size.wrapping_mul(largest));
        Ok(())
    }
}
