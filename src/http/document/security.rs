//! What the document says of tokens.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};

use super::operations;
use crate::http::authorization::Access;

/// What the document calls the one way to show a token.
const SCHEME: &str = "token";

/// Says of all operations in `document` who may use them.
pub(super) fn require(document: &mut OpenApi, access: Access) {
    for operation in operations(document) {
        operation.security = Some(requirements(access));
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

/// Says in `document` how a token is shown.
pub(super) fn describe_scheme(document: &mut OpenApi) {
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.bearer_format = Some("ptf_<id>_<secret>_<check>".to_owned());
    bearer.description = Some(
        "A token as `ptf-cache token create` shows it. Reading may need none; without one, answers leave out what \
         is for staff."
            .to_owned(),
    );
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
}
