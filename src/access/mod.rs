//! Who may do what: tokens, their form and their register in memory.
//!
//! A token is told to be good or not without a query: the register has all of them, and looks at the database again
//! each second, so that a token revoked anywhere is refused everywhere within moments.
//!
//! | module | holds |
//! | --- | --- |
//! | `text` | the form of a token: made, read, checked |
//! | `register` | all tokens in memory, and whose a presented one is |
//! | `issue` | making and revoking |

mod issue;
mod register;
mod text;

pub use issue::{IssueError, Issuer, Lifetime};
pub use register::{Caller, Refusal, Register};
pub use text::TokenText;
