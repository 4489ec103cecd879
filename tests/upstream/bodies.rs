//! The body: what is read, what is refused, and where reading stops.

use super::*;

#[tokio::test]
async fn what_is_no_json_is_told_by_what_it_is() {
    let packed = gzip(json!({"results": boards(50)}).to_string().as_bytes());
    let half = packed[..packed.len() / 2].to_vec();
    for (reply, part) in [
        (
            Reply::text("text/html; charset=utf-8", "<html>Log in</html>"),
            "\"text/html\"",
        ),
        (Reply::json(""), "an empty answer"),
        (Reply::json(" \n"), "an empty answer"),
        (Reply::status(204), "204"),
        (
            Reply::json("\n <!doctype html><title>Log in</title>"),
            "HTML",
        ),
        (
            Reply::json("{}").header("content-encoding", "br"),
            "packed as \"br\"",
        ),
        (
            Reply::json("{}").header("content-encoding", "gzip"),
            "do not decompress",
        ),
        (
            Reply::json("")
                .header("content-encoding", "gzip")
                .bytes(half),
            "do not decompress",
        ),
    ] {
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Content, "{text}");
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn json_of_any_name_is_read() {
    for kind in [
        "application/json; charset=utf-8",
        "application/hal+json",
        "text/json",
    ] {
        let vendor =
            Vendor::start(move |request, _| page(&boards(3), request).header("content-type", kind))
                .await;
        assert!(fetch(&vendor).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn json_that_does_not_parse_is_not_guessed_at() {
    let whole = json!({"total": 1, "results": [board(1)]}).to_string();
    for body in [
        whole[..whole.len() - 5].to_owned(),
        format!("{whole}{whole}"),
        format!("\u{feff}{whole}"),
        whole.replace("\"total\":1", "\"total\":NaN"),
        whole.replace("0.1", "1e999"),
        whole.replace("\"total\":1", "\"total\":1,\"total\":1"),
        "[".repeat(10_000),
    ] {
        let shown = body.chars().take(60).collect::<String>();
        let vendor = Vendor::start(move |_, _| Reply::json(&body)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Parse, "{shown}: {text}");
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_limit() {
    let vendor = Vendor::start(|_, _| Reply::json(" ".repeat(1000)).endless()).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Size);
    assert!(text.contains("1048576"), "{text}");
}

#[tokio::test]
async fn the_limit_counts_bytes_after_decompression() {
    let bomb = gzip(&vec![b' '; 20 << 20]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let reply = Reply::json("")
        .header("content-encoding", "gzip")
        .bytes(bomb);
    let vendor = Vendor::start(move |_, _| reply.clone()).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::Size);
}

#[tokio::test]
async fn a_renamed_id_or_name_is_a_schema_failure_and_one_missing_is_a_rejected_row() {
    for renamed in ["id", "name"] {
        let mut all = boards(3);
        for board in &mut all {
            let value = board.as_object_mut().unwrap().remove(renamed).unwrap();
            board["renamed"] = value;
        }
        let broken = all.clone();
        let vendor = Vendor::start(move |request, _| page(&broken, request)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Schema);
        assert!(
            text.contains(&format!("upstream.mapping.{renamed}")),
            "{text}"
        );

        all.push(board(7));
        let vendor = Vendor::start(move |request, _| page(&all, request)).await;
        let fetched = fetch(&vendor).await.unwrap();
        assert_eq!((fetched.boards.len(), fetched.rejected.len()), (1, 3));
        assert_eq!(fetched.rejected[0].id.is_some(), renamed == "name");
        assert!(
            fetched.notices.iter().any(|line| line.contains("/renamed")),
            "{:?}",
            fetched.notices
        );
    }
}

#[tokio::test]
async fn a_page_of_another_shape_is_a_schema_failure() {
    for body in [
        json!([board(1)]),
        json!({"total": 1, "results": {}}),
        json!({"total": "many", "results": []}),
        json!(7),
    ] {
        let shown = body.to_string();
        let vendor = Vendor::start(move |_, _| Reply::json(&body)).await;
        assert_eq!(failure(&vendor).await.0, FailureClass::Schema, "{shown}");
    }
}
