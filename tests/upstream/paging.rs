//! Pages and ids: a list that does not prove whole is read once more, then refused.

use super::*;

#[tokio::test]
async fn a_list_that_changes_under_way_is_read_once_more() {
    let vendor = Vendor::start(|request, position| {
        let total = if position == 1 { 121 } else { 120 };
        Reply::json(page_json(&boards(120), request, total))
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 120);
    // Two pages and one that does not add up; then three, and the first one once more.
    assert_eq!(vendor.requests().len(), 2 + 4);
}

#[tokio::test]
async fn a_list_that_never_adds_up_is_a_paging_failure() {
    let all = boards(120);
    let never = [
        ("a total too big", 121, 50),
        ("a total too small", 100, 50),
        ("a total of half a page less", 90, 50),
        ("a short page in the middle", 120, 40),
        ("a page that repeats for ever", 120, 0),
    ];
    for (name, total, step) in never {
        let all = all.clone();
        let vendor = Vendor::start(move |request, _| {
            let offset = if step == 0 {
                0
            } else {
                request.number("offset") as usize
            };
            let wanted: Vec<_> = all.iter().skip(offset).take(step.max(1)).collect();
            let wanted = if step == 0 {
                all[..50].iter().collect()
            } else {
                wanted
            };
            Reply::json(json!({"total": total, "results": wanted}))
        })
        .await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Paging, "{name}: {text}");
        assert!(vendor.requests().len() <= 8, "{name}");
    }
}

#[tokio::test]
async fn a_total_that_changes_with_every_page_is_a_paging_failure() {
    let vendor = Vendor::start(|request, position| {
        Reply::json(page_json(&boards(120), request, 120 + position as u64))
    })
    .await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Paging);
    assert!(text.contains("the total changed"), "{text}");
}

#[tokio::test]
async fn a_vendor_may_refuse_to_look_behind_the_end() {
    let vendor = Vendor::start(|request, _| match request.number("offset") {
        100 => Reply::json(json!({"errors": [{"code": 4, "message": "offset out of range"}]}))
            .with_status(400),
        _ => page(&boards(100), request),
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 100);
}

#[tokio::test]
async fn a_board_sent_twice_alike_counts_once() {
    let mut all = boards(3);
    all.push(board(2));
    let vendor = Vendor::start(move |request, _| page(&all, request)).await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(fetched.boards.len(), 3);
    assert!(
        fetched.notices[0].contains("\"2\" came more than once"),
        "{:?}",
        fetched.notices
    );
}

#[tokio::test]
async fn one_id_for_two_boards_is_an_identity_failure() {
    let mut all = boards(3);
    let mut other = board(2);
    other["id"] = json!("2");
    other["name"] = json!("Another board");
    all.push(other);
    let vendor = Vendor::start(move |request, _| page(&all, request)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Identity);
    assert!(text.contains("\"2\""), "{text}");
}

#[tokio::test]
async fn a_board_on_two_pages_means_that_the_list_moved() {
    // A board is added at the front while the pages are read: the last of page one comes again on page two.
    let vendor = Vendor::start(|request, position| {
        let mut all = boards(120);
        if position > 0 {
            all.insert(0, board(500));
            all.pop();
        }
        page(&all, request)
    })
    .await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(fetched.boards.len(), 120);
    assert!(
        fetched
            .boards
            .iter()
            .any(|board| board.facts.id.as_str() == "500")
    );
    assert!(fetched.notices.is_empty(), "{:?}", fetched.notices);
}

#[tokio::test]
async fn an_empty_list_is_never_taken_for_the_whole() {
    let vendor = Vendor::start(|request, _| page(&[], request)).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::Empty);
}

#[tokio::test]
async fn a_vendor_without_a_total_that_sends_fewer_than_asked_for_is_a_paging_failure() {
    let vendor = Vendor::start(|request, _| {
        let offset = request.number("offset") as usize;
        let all = boards(120);
        let wanted: Vec<_> = all.iter().skip(offset).take(25).collect();
        Reply::json(json!({ "results": wanted }))
    })
    .await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Paging);
    assert!(text.contains("behind the end of the list"), "{text}");
}

#[tokio::test]
async fn a_list_without_end_is_a_failure_before_it_fills_the_memory() {
    let vendor = Vendor::start(|request, _| {
        let offset = request.number("offset");
        let page: Vec<_> = (offset..offset + 500)
            .map(|id| json!({"id": id, "name": "x"}))
            .collect();
        Reply::json(json!({ "results": page }))
    })
    .await;
    let (class, text) = failure_with(UpstreamSettings {
        page_size: 500,
        ..settings(&vendor)
    })
    .await;
    assert_eq!(class, FailureClass::Size, "{text}");
    assert!(text.contains("more than 100000 results"), "{text}");
    assert_eq!(vendor.requests().len(), 201);
}

#[tokio::test]
async fn a_first_page_that_changed_under_way_has_the_list_read_once_more() {
    // The fee of a board on the first page changes once the page was read.
    let vendor = Vendor::start(|request, position| {
        let mut all = boards(120);
        if position > 0 {
            all[3]["passThroughFee"] = json!("21.00");
        }
        page(&all, request)
    })
    .await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(amount(&fetched.boards[3]), "21.00");
    assert_eq!(vendor.requests().len(), 4 + 4);
}
