//! Who may use a route.
//!
//! Every route says so, because a group of [routes](super::routes) has its [`Access`]. A caller shows a token as RFC 6750 says, `Authorization: Bearer ptf_…`; a token that is not good is refused also where none is
//! needed, lest its holder take the public answer for the whole one.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::desk::RequestId;
use super::problem::ApiError;
use crate::access::{Caller, Register};
use crate::domain::audit::Actor;
use crate::domain::token::{Role, TokenId};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever may have the drop-down.
    DropDown,
    /// Whoever may read.
    Read,
    /// Holders of a token of this role, or of a higher one.
    Role(Role),
}

/// Which reads need a token, and who holds one.
pub struct Admission {
    /// The tokens.
    pub register: Arc<Register>,
    /// Whether reading needs a token.
    pub read_needs_token: bool,
    /// Whether the drop-down does.
    pub drop_down_needs_token: bool,
}

impl Admission {
    /// Reading needs no token; what more one gives is for holders of those in `register`.
    pub fn public(register: Register) -> Admission {
        Admission {
            register: Arc::new(register),
            read_needs_token: false,
            drop_down_needs_token: false,
        }
    }

    /// Whether nobody needs a token for what `access` says.
    pub(crate) fn is_open(&self, access: Access) -> bool {
        match access {
            Access::DropDown => !self.drop_down_needs_token,
            Access::Read => !self.read_needs_token,
            Access::Role(_) => false,
        }
    }

    /// The token that `headers` show, if it is a good one: for counting, whatever it is shown for.
    pub(super) fn holder(&self, headers: &HeaderMap) -> Option<TokenId> {
        let shown = presented(headers).ok()??;
        let caller = self.register.admit(shown).ok()?;
        Some(caller.token)
    }

    /// The caller behind `headers`, who may do what `access` says; `None` for one without a token, who may too.
    fn admit(&self, access: Access, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
        let Some(shown) = presented(headers)? else {
            return match self.is_open(access) {
                true => Ok(None),
                false => Err(ApiError::Unauthorized(None)),
            };
        };
        let admitted = self.register.admit(shown);
        let caller =
            admitted.map_err(|refusal| ApiError::Unauthorized(Some(refusal.to_string())))?;
        match access {
            Access::Role(needed) if caller.role < needed => Err(ApiError::Forbidden {
                needed,
                held: caller.role,
            }),
            _ => Ok(Some(caller)),
        }
    }
}

/// The token in `headers`; `None` where there is no `Authorization` at all.
fn presented(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refuse = |detail: &str| ApiError::Unauthorized(Some(detail.to_owned()));
    if values.next().is_some() {
        return Err(refuse("there are two Authorization headers; send one"));
    }
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(refuse(
            "the Authorization header shows no token; write it as \"Bearer\", a space, and the token",
        )),
    }
}

/// Middleware that lets through whoever may use the route, with the caller among the request's extensions.
pub(super) async fn admit(
    State((admission, access)): State<(Arc<Admission>, Access)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if let Some(caller) = admission.admit(access, request.headers())? {
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

/// The caller as one who does something: only routes that need a token of a role have one.
pub(crate) struct Acting(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Acting, ApiError> {
        let caller = parts.extensions.get::<Caller>();
        let caller = caller.ok_or(ApiError::Unauthorized(None))?;
        let id = parts.extensions.get::<RequestId>();
        let id = id.map_or("", RequestId::as_str);
        Ok(Acting(caller.acting_in(id)))
    }
}
