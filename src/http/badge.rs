//! `/badge.svg`: the state of the data as a picture, for pages elsewhere. It says nothing but the state and the age.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};

use super::Api;
use super::negotiation::{etag_of, matches_any};
use super::pages::{CROSS_ORIGIN_RESOURCE_POLICY, guard};
use crate::catalog::Freshness;
use crate::domain::run::Outcome;

/// A picture is made of nothing else.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// What stands on the left.
const SUBJECT: &str = "fees";
/// Height, in pixels.
const HEIGHT: usize = 20;
/// The width of a letter, in pixels, and what is left free beside a text. The picture makes texts as wide as that.
const LETTER: usize = 7;
const MARGIN: usize = 6;

/// What the badge says: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No sync has succeeded yet.
    NotReady,
    /// The newest list waits for somebody to decide about it.
    Quarantined,
    /// The vendor was last checked too long ago.
    Stale,
    /// The newest run failed; the data is not stale yet.
    Failed,
    /// Some values are held back.
    Held,
    /// All is well.
    Fresh,
}

impl Standing {
    /// How things stand with data of this freshness, after a run that ended like this.
    fn of(freshness: Option<Freshness>, newest: Option<Outcome>, now: DateTime<Utc>) -> Standing {
        let Some(freshness) = freshness else {
            return Standing::NotReady;
        };
        match newest {
            Some(Outcome::Quarantined) => Standing::Quarantined,
            _ if freshness.is_stale(now) => Standing::Stale,
            Some(Outcome::Failed) => Standing::Failed,
            Some(Outcome::Held) => Standing::Held,
            _ => Standing::Fresh,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Standing::NotReady => "not ready",
            Standing::Quarantined => "quarantined",
            Standing::Stale => "stale",
            Standing::Failed => "last sync failed",
            Standing::Held => "held",
            Standing::Fresh => "fresh",
        }
    }

    /// A colour on which white text has a contrast of at least 5 to 1.
    fn colour(self) -> &'static str {
        match self {
            Standing::Fresh => "#1b6e3c",
            Standing::Held | Standing::Failed => "#8a5300",
            Standing::Stale | Standing::Quarantined => "#a3201d",
            Standing::NotReady => "#55616b",
        }
    }
}

/// The route of the badge. It needs no token, whoever may read: how old the data is is no secret.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/badge.svg", get(show_badge))
}

async fn show_badge(State(api): State<Arc<Api>>, asked: HeaderMap) -> Response {
    let now = api.clock.now();
    let freshness = api.catalog.read(|snapshot| snapshot.freshness);
    let standing = Standing::of(freshness, api.outlook.newest_outcome(), now);
    let svg = draw(standing, freshness.map(|freshness| freshness.age(now)));
    let etag = etag_of(svg.as_bytes());
    let known = matches_any(asked.get_all(IF_NONE_MATCH).iter(), etag.as_bytes());
    let mut answer = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
    };
    let headers = answer.headers_mut();
    headers.insert(ETAG, etag);
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60"),
    );
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    guard(headers, &POLICY);
    answer
}

/// The picture, as wide as its texts.
fn draw(standing: Standing, age: Option<TimeDelta>) -> String {
    let state = match age {
        Some(age) => format!("{} · {}", standing.word(), describe_age(age)),
        None => standing.word().to_owned(),
    };
    let width_of = |text: &str| text.chars().count() * LETTER;
    let (left, right) = (width_of(SUBJECT), width_of(&state));
    let split = left + 2 * MARGIN;
    let width = split + right + 2 * MARGIN;
    let colour = standing.colour();
    let text = |x: usize, length: usize, text: &str| {
        format!(r#"<text x="{x}" y="14" textLength="{length}">{text}</text>"#)
    };
    let (subject, said) = (
        text(MARGIN, left, SUBJECT),
        text(split + MARGIN, right, &state),
    );
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{SUBJECT}: {state}"><title>{SUBJECT}: {state}</title><rect width="{split}" height="{HEIGHT}" fill="#3d454c"/><rect x="{split}" width="{}" height="{HEIGHT}" fill="{colour}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{subject}{said}</g></svg>"##,
        width - split
    )
}

/// How long ago the vendor was checked, in one unit: `12 min`, `31 h`, `5 d`.
fn describe_age(age: TimeDelta) -> String {
    match age.num_minutes() {
        0 => "now".to_owned(),
        minutes @ ..120 => format!("{minutes} min"),
        minutes @ ..2_880 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_that_holds_is_said() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let checked = |hours| {
            Some(Freshness {
                checked_at: now - TimeDelta::hours(hours),
                max_age: TimeDelta::hours(26),
            })
        };
        let standing = |freshness, newest| Standing::of(freshness, newest, now);
        assert_eq!(standing(None, Some(Outcome::Failed)), Standing::NotReady);
        assert_eq!(standing(checked(2), None), Standing::Fresh);
        for (outcome, fresh, stale) in [
            (Outcome::Published, Standing::Fresh, Standing::Stale),
            (Outcome::Unchanged, Standing::Fresh, Standing::Stale),
            (Outcome::Approved, Standing::Fresh, Standing::Stale),
            (Outcome::Rejected, Standing::Fresh, Standing::Stale),
            (Outcome::Held, Standing::Held, Standing::Stale),
            (Outcome::Failed, Standing::Failed, Standing::Stale),
            (
                Outcome::Quarantined,
                Standing::Quarantined,
                Standing::Quarantined,
            ),
        ] {
            assert_eq!(standing(checked(2), Some(outcome)), fresh, "{outcome}");
            assert_eq!(standing(checked(26), Some(outcome)), stale, "{outcome}");
        }
    }

    /// WCAG 2.2, 1.4.3: 4.5 to 1 for text of this size.
    #[test]
    fn white_text_is_readable_on_every_colour() {
        let linear = |byte: u8| match f64::from(byte) / 255.0 {
            dark @ ..=0.040_45 => dark / 12.92,
            bright => ((bright + 0.055) / 1.055).powf(2.4),
        };
        for standing in [
            Standing::NotReady,
            Standing::Quarantined,
            Standing::Stale,
            Standing::Failed,
            Standing::Held,
            Standing::Fresh,
        ] {
            let colour = standing.colour();
            let part = |at| linear(u8::from_str_radix(&colour[at..at + 2], 16).unwrap());
            let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
            let contrast = 1.05 / (luminance + 0.05);
            assert!(contrast > 5.0, "{standing:?}: {contrast}");
        }
    }

    #[test]
    fn ages_have_one_unit() {
        for (minutes, said) in [
            (0, "now"),
            (1, "1 min"),
            (119, "119 min"),
            (120, "2 h"),
            (2_879, "47 h"),
            (2_880, "2 d"),
        ] {
            assert_eq!(describe_age(TimeDelta::minutes(minutes)), said);
        }
    }
}
