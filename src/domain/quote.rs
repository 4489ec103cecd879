//! Quote arithmetic.
