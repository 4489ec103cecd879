//! The mappings that come with the programme, each a TOML file beside this one.

use serde_json::{Map, Value};

use super::MappingError;

/// Every profile: its name and its text.
const PROFILES: &[(&str, &str)] = &[("ihomefinder", include_str!("profile_ihomefinder.toml"))];

/// The raw mapping of the profile `name`.
///
/// # Errors
/// When there is none of that name.
pub(super) fn load(name: &str) -> Result<Map<String, Value>, MappingError> {
    let known = || PROFILES.iter().map(|(name, _)| *name);
    let Some((_, text)) = PROFILES.iter().find(|(known, _)| *known == name) else {
        let known = known().collect::<Vec<_>>().join(", ");
        return Err(MappingError::new(
            "upstream.profile",
            format!(
                "\"{name}\" is no profile; use one of {known} and override its keys under [upstream.mapping]"
            ),
        ));
    };
    Ok(toml::from_str(text).expect("the profiles that come with the programme are tested"))
}
