//! Who may do what, and how often: tokens, their form and their register in memory; quotas.
//!
//! A token is told to be good or not without a query: the register has all of them, and looks at the database again
//! each second, so that a token revoked anywhere is refused everywhere within moments.
//!
//! | module | holds |
//! | --- | --- |
//! | `text` | the form of a token: made, read, checked |
//! | `register` | all tokens in memory, and whose a presented one is |
//! | `issue` | making and revoking |
//! | `quota` | how much one may ask in a minute |

mod issue;
mod quota;
mod register;
mod text;

pub use issue::{IssueError, Issuer, Lifetime};
pub use quota::{Quotas, Standing};
pub use register::{Caller, Refusal, Register};
pub use text::TokenText;
