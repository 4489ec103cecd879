//! The one way from bytes to JSON: strict, exact, bounded in memory, and quiet about what it read.

mod strict;
mod tokens;

use serde::de::DeserializeSeed;
use serde_json::{Deserializer, Value};

use strict::{Node, Reading, Take, TakeText, Taker};

use super::error::UpstreamError;

/// What stands around the results of a page.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The page, with null where the results were.
    pub(super) around: Value,
    /// Whether there was a list of results.
    pub(super) has_results: bool,
}

/// Reads a page: hands each result to `take` as it comes, and returns what stands around them.
///
/// `way` is the names that lead to the list of results; none where the page itself is the list. Numbers keep their
/// text. At no time is there more in memory than the bytes, one result and what is around the results.
///
/// # Errors
/// [`UpstreamError::Parse`] for anything that two readers could understand differently: more than one document,
/// a key twice in an object, a number beyond every common range, nesting deeper than 128. [`UpstreamError::Oversized`]
/// for a result that no board can be. What `take` says, where it refuses a result.
pub(super) fn read_page(
    body: &[u8],
    way: &[String],
    take: &mut Take<'_>,
) -> Result<Envelope, UpstreamError> {
    read(body, Some(way), Taker::Values(take))
}

/// As [`read_page`], but that results are only told apart: `take` is handed the text of each, to be read by
/// [`parse_result`] where it is not known.
///
/// # Errors
/// As [`read_page`], the texts aside that `take` does not have read. The first thing that is wrong is told, by where it
/// stands on the page.
pub(super) fn read_texts(
    body: &[u8],
    way: &[String],
    take: &mut TakeText<'_>,
) -> Result<Envelope, UpstreamError> {
    match read(body, Some(way), Taker::Texts(take)) {
        Err(UpstreamError::Parse { reason }) => {
            // Told by where it stands in its result, or found by a reader that is less strict.
            read_page(body, way, &mut |_| Ok(()))?;
            Err(UpstreamError::Parse { reason })
        }
        read => read,
    }
}

/// Reads the text of one result, which `way` leads to, as [`read_page`] would.
///
/// # Errors
/// As [`read_page`]; where it stands on the page is not told.
pub(super) fn parse_result(text: &str, way: &[String]) -> Result<Value, UpstreamError> {
    let mut take = |_| Ok(());
    let mut reading = Reading::new(Taker::Values(&mut take));
    let result = Node {
        reading: &mut reading,
        way: None,
        // The list, and what leads to it.
        depth: way.len() + 1,
    };
    let read = result.deserialize(&mut Deserializer::from_str(text));
    match (read, reading.stopped) {
        (_, Some(stopped)) => Err(stopped),
        (Ok(result), None) => Ok(result),
        (Err(error), None) => Err(UpstreamError::Parse {
            reason: error.to_string(),
        }),
    }
}

/// Reads a document without results, such as the vendor's own error.
///
/// # Errors
/// As [`read_page`].
pub(super) fn parse(body: &[u8]) -> Result<Value, UpstreamError> {
    Ok(read(body, None, Taker::Values(&mut |_| Ok(())))?.around)
}

fn read(body: &[u8], way: Option<&[String]>, taker: Taker<'_>) -> Result<Envelope, UpstreamError> {
    if tokens::has_long_token(body) {
        return Err(UpstreamError::Oversized);
    }
    let mut reading = Reading::new(taker);
    let mut deserializer = Deserializer::from_slice(body);
    let page = Node {
        reading: &mut reading,
        way,
        depth: 0,
    };
    let around = page
        .deserialize(&mut deserializer)
        .and_then(|around| deserializer.end().map(|()| around));
    match (around, reading.stopped) {
        (_, Some(stopped)) => Err(stopped),
        (Ok(around), None) => Ok(Envelope {
            around,
            has_results: reading.found_list,
        }),
        (Err(error), None) => Err(UpstreamError::Parse {
            reason: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: &str = "results";

    /// The results of `text` and what is around them.
    fn read(text: &[u8]) -> Result<(Vec<Value>, Value), UpstreamError> {
        let mut results = Vec::new();
        let envelope = read_page(text, &[WAY.to_owned()], &mut |result| {
            results.push(result);
            Ok(())
        })?;
        assert_eq!(
            envelope.has_results,
            !envelope.around[WAY].is_array() && !results.is_empty()
        );
        Ok((results, envelope.around))
    }

    fn around(text: &[u8]) -> Result<Value, UpstreamError> {
        Ok(read(text)?.1)
    }

    #[test]
    fn results_come_one_by_one_and_the_rest_stays() {
        let text = br#"{"total": 2, "results": [{"id": 1}, {"id": "2", "results": [7]}], "links": [null, true]}"#;
        let (results, around) = read(text).unwrap();
        let shown: Vec<String> = results.iter().map(Value::to_string).collect();
        assert_eq!(shown, [r#"{"id":1}"#, r#"{"id":"2","results":[7]}"#]);
        assert_eq!(
            around.to_string(),
            r#"{"links":[null,true],"results":null,"total":2}"#
        );
    }

    #[test]
    fn the_way_leads_through_objects_and_lists_or_nowhere() {
        let count = |text: &str, way: &[&str]| {
            let way: Vec<String> = way.iter().map(ToString::to_string).collect();
            let mut found = 0;
            let mut take = |_| {
                found += 1;
                Ok(())
            };
            let envelope = read_page(text.as_bytes(), &way, &mut take).unwrap();
            envelope.has_results.then_some(found)
        };
        assert_eq!(count("[1, 2, 3]", &[]), Some(3));
        assert_eq!(count("[]", &[]), Some(0));
        assert_eq!(
            count(r#"{"a": [[], {"b": [1, 2]}]}"#, &["a", "1", "b"]),
            Some(2)
        );
        assert_eq!(
            count(r#"{"a": [[1], {"b": [1, 2]}]}"#, &["a", "0"]),
            Some(1)
        );
        assert_eq!(count(r#"{"a": {"b": {}}}"#, &["a", "b"]), None);
        assert_eq!(count(r#"{"a": 1}"#, &["b"]), None);
        assert_eq!(count("7", &[]), None);
    }

    #[test]
    fn numbers_keep_their_text() {
        let text = br#"{"a": 0.10, "b": 12345678901234567890.12, "c": 1E+2, "d": -7}"#;
        let document = around(text).unwrap();
        assert_eq!(document["a"].to_string(), "0.10");
        assert_eq!(document["b"].to_string(), "12345678901234567890.12");
        assert_eq!(document["c"].to_string(), "1e+2");
        assert_eq!(document["d"].to_string(), "-7");
    }

    #[test]
    fn what_readers_could_understand_differently_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for text in [
            "{\"a\": [1, 2",
            "{} {}",
            "\u{feff}{}",
            "{\"a\": NaN}",
            "{\"a\": 1e999}",
            "{\"results\": [1e999]}",
            "{\"a\": {\"b\": 1, \"b\": 1}}",
            "{\"results\": [{\"b\": 1, \"b\": 1}]}",
            "{\"a\": {\"$serde_json::private::Number\": \"ten\"}}",
            "<html>",
            deep.as_str(),
        ] {
            let error = around(text.as_bytes()).unwrap_err();
            assert!(matches!(error, UpstreamError::Parse { .. }), "{error}");
        }
        assert!(around(b"{\"a\": \"\xff\"}").is_err());
    }

    #[test]
    fn a_result_larger_than_any_board_ends_the_reading_whatever_it_is_made_of() {
        let many = |part: &str| format!("{{\"results\": [[{}1]]}}", part.repeat(30_000));
        let long = format!("{{\"results\": [\"{}\"]}}", "x".repeat(5 << 20));
        let texts = "x".repeat(1 << 20);
        let texts =
            format!("{{\"results\": [[\"{texts}\",\"{texts}\",\"{texts}\",\"{texts}1\"]]}}");
        let fields: String = (0..30_000).map(|n| format!("\"{n}\":1,")).collect();
        let fields = format!("{{\"results\": [{{{fields}\"a\":1}}]}}");
        let outside = format!("{{\"links\": [{}1]}}", "0,".repeat(30_000));
        for text in [
            many("0,"),
            many("[],"),
            many("{},"),
            many("\"\","),
            long,
            texts,
            fields,
            outside,
        ] {
            let shown: String = text.chars().take(40).collect();
            assert_eq!(
                around(text.as_bytes()),
                Err(UpstreamError::Oversized),
                "{shown}"
            );
        }
    }

    #[test]
    fn results_are_limited_each_and_not_together() {
        let one = format!("[{}1]", "0,".repeat(10_000));
        let all = format!("{{\"results\": [{one},{one},{one},{one}], \"a\": {one}}}");
        assert_eq!(read(all.as_bytes()).unwrap().0.len(), 4);
    }

    #[test]
    fn who_takes_the_results_can_end_the_reading() {
        let mut taken = 0;
        let stopped = read_page(b"[1, 2, 3, oops", &[], &mut |_| {
            taken += 1;
            match taken {
                2 => Err(UpstreamError::Empty),
                _ => Ok(()),
            }
        });
        assert_eq!((stopped.unwrap_err(), taken), (UpstreamError::Empty, 2));
    }

    #[test]
    fn an_error_names_the_place_and_not_the_text() {
        let error = around(b"{\"password\":\n \"s3cret\" \"").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 2"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    /// The results of `page` and what is around them, told apart first and then read one by one.
    fn read_apart(page: &[u8], way: &[String]) -> Result<(Vec<Value>, Value), UpstreamError> {
        let mut results = Vec::new();
        let envelope = read_texts(page, way, &mut |text| {
            results.push(parse_result(text, way)?);
            Ok(())
        })?;
        Ok((results, envelope.around))
    }

    #[test]
    fn results_told_apart_are_read_as_on_their_page() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let mut pages: Vec<String> = (120..132)
            .map(|depth| format!("{{\"results\": [1, {}]}}", deep(depth)))
            .collect();
        let many = format!("{{\"results\": [[{}1]]}}", "0,".repeat(30_000));
        pages.push(many);
        pages.extend(
            [
                "{\"total\": 2, \"results\": [{\"id\": 1.50}, \"a\\u00e9\", null], \"links\": [1]}",
                "{\"results\": [{\"b\": 1, \"b\": 1}]}",
                "{\"results\": [1,\n {\"b\": 1e999}], \"results\": 7}",
                "{\"results\": [1, 2,]}",
                "{\"results\": [1, {\"$serde_json::private::Number\": \"ten\"}]}",
                "{\"results\": [1, {\"$serde_json::private::Number\": \"10\"}]}",
                "{\"results\": [1, {\"$serde_json::private::RawValue\": \"10\"}]}",
                "{\"results\": [\"\\ud800\"]}",
                "{\"results\": [01]}",
                "{\"results\": [1] oops",
                "{\"results\": 7}",
            ]
            .map(str::to_owned),
        );
        let way = [WAY.to_owned()];
        for page in pages {
            let mut results = Vec::new();
            let whole = read_page(page.as_bytes(), &way, &mut |result| {
                results.push(result);
                Ok(())
            });
            let whole = whole.map(|envelope| (results, envelope.around));
            let shown: String = page.chars().take(60).collect();
            assert_eq!(read_apart(page.as_bytes(), &way), whole, "{shown}");
        }
        assert!(read_apart(b"{\"results\": [\"\xff\"]}", &way).is_err());
    }
}
