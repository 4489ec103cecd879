//! What browsers load: the pages, their styles and scripts, and the drop-down element.
//!
//! They lie in `files/` as they are served, without a build step, and hold nothing of others. A release build has them
//! inside; a debug build reads them from there whenever they are asked for, so that a page is edited and reloaded.

use std::borrow::Cow;

#[derive(rust_embed::Embed)]
#[folder = "src/web/files"]
struct Files;

/// A file for browsers.
pub struct WebFile {
    /// Its media type, with the charset where it is text.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
}

/// The file of this name, such as `base.css`; `None` where there is none, and for kinds of files that browsers are not
/// given.
pub fn get(name: &str) -> Option<WebFile> {
    let content_type = content_type_of(name)?;
    let file = Files::get(name)?;
    Some(WebFile {
        content_type,
        bytes: file.data,
    })
}

/// The media type by the name's ending.
fn content_type_of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        // What RFC 9239 names it.
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_media_type() {
        let names: Vec<_> = Files::iter().collect();
        assert!(names.iter().any(|name| name == "quote.html"), "{names:?}");
        for name in names {
            assert!(get(&name).is_some(), "{name}: of no known kind");
        }
    }

    #[test]
    fn nothing_outside_is_given() {
        for name in ["../mod.rs", "/etc/passwd", "", "..", "nothing.css"] {
            assert!(get(name).is_none(), "{name}");
        }
    }
}
