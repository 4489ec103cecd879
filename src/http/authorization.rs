//! Who may use a route.
//!
//! Every route says so: [`Doors`] is the only way to add one, and takes none without its [`Access`]. A caller shows a
//! token as RFC 6750 says, `Authorization: Bearer ptf_…`; a token that is not good is refused also where none is
//! needed, lest its holder take the public answer for the whole one.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use super::Api;
use super::desk::RequestId;
use super::problem::ApiError;
use crate::access::{Caller, Register};
use crate::domain::audit::Actor;
use crate::domain::token::{Role, TokenId};

/// What the document calls the one way to show a token.
const SCHEME: &str = "token";

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

/// The routes, each with who may use it.
pub(super) struct Doors {
    router: OpenApiRouter<Arc<Api>>,
    admission: Option<Arc<Admission>>,
}

impl Doors {
    /// No routes yet, of the API that `document` describes. Without `admission` nobody is asked: for the document alone.
    pub(super) fn new(document: OpenApi, admission: Option<Arc<Admission>>) -> Doors {
        Doors {
            router: OpenApiRouter::with_openapi(document),
            admission,
        }
    }

    /// The same with `routes`, which `access` says who may use. Whoever may not gets no further than here.
    pub(super) fn open(self, access: Access, routes: OpenApiRouter<Arc<Api>>) -> Doors {
        let mut routes = routes;
        let operations = routes.get_openapi_mut().paths.paths.values_mut();
        for item in operations {
            let methods = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
            ];
            for operation in methods.into_iter().flatten() {
                operation.security = Some(requirements(access));
            }
        }
        if let Some(admission) = &self.admission {
            let state = (Arc::clone(admission), access);
            routes = routes.layer(middleware::from_fn_with_state(state, admit));
        }
        Doors {
            router: self.router.merge(routes),
            admission: self.admission,
        }
    }

    /// All of them.
    pub(super) fn into_router(mut self) -> OpenApiRouter<Arc<Api>> {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("ptf_<id>_<secret>_<check>".to_owned());
        bearer.description = Some(
            "A token as `ptf-cache token create` shows it. Reading may need none; without one, answers leave out what \
             is for staff."
                .to_owned(),
        );
        let document = self.router.get_openapi_mut();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
        self.router
    }
}

/// What the document says of `access`: any of these is enough.
fn requirements(access: Access) -> Vec<SecurityRequirement> {
    let token = SecurityRequirement::new(SCHEME, Vec::<String>::new());
    match access {
        Access::DropDown | Access::Read => vec![SecurityRequirement::default(), token],
        Access::Role(_) => vec![token],
    }
}

/// Middleware that lets through whoever may use the route, with the caller among the request's extensions.
async fn admit(
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
