//! How large it is, how soon its list is there, and how it does with a long one.

use fantoccini::key::Key;
use serde_json::json;

use super::list::list;
use super::{SELECT, Stage};

/// What the element may weigh, in bytes of gzip as it is served.
const MOST_BYTES: usize = 6 * 1_024;
/// What is wanted is 100 ms; machines that run tests are noisy, so what is measured is printed, and this is the bound.
const FIRST_LIST_MS: f64 = 1_000.0;
/// What is wanted is 100 ms too, which it takes on a machine that does nothing else. In the best of some rounds.
const LONGEST_TASK_MS: f64 = 250.0;
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_small_and_its_list_is_there_at_once() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    // What comes over the wire, as it is.
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    let script = format!("http://{}/assets/ptf-board-select.js", stage.service.api);
    let request = client.get(script).header("accept-encoding", "gzip");
    let served = request.send().await.unwrap();
    assert_eq!(served.headers()["access-control-allow-origin"], "*");
    assert_eq!(served.headers()["content-encoding"], "gzip");
    let bytes = served.bytes().await.unwrap().len();
    println!("the element: {bytes} bytes of gzip");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");

    let page = stage.form("", SELECT);
    let watch = json!({ "source": "document.addEventListener('load', (event) => { if (event.target.localName === 'ptf-board-select') window.listAt = performance.now(); }, true);" });
    stage
        .browser
        .protocol("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    let mut times = Vec::new();
    for _ in 0..5 {
        stage.show(page.clone()).await;
        stage.browser.wait_until("window.listAt > 0").await;
        let since = "listAt - performance.getEntriesByType('resource').find(({ name }) => name.endsWith('.js')).responseEnd";
        times.push(stage.browser.value(since).await.as_f64().unwrap());
    }
    times.sort_by(f64::total_cmp);
    println!("the list is there after the script, in ms: {times:.1?}");
    assert!(times[2] < FIRST_LIST_MS, "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_stays_smooth_with_5000_boards() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    let boards: Vec<(String, String)> = (0..5_000)
        .map(|number| {
            (
                number.to_string(),
                format!(
                    "Élan Valley {} Association of REALTORS® Number {number} (EV{number}), IA",
                    number % 97
                ),
            )
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = boards
        .iter()
        .map(|(value, label)| (value.as_str(), label.as_str()))
        .collect();
    stage.site.put("/list", list(&borrowed));
    let watch = json!({ "source": "window.tasks = []; new PerformanceObserver((found) => tasks.push(...found.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true });" });
    stage
        .browser
        .protocol("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    let page = stage.form("src=/list", SELECT);
    stage.show(page).await;
    stage.wait_for_list().await;
    stage.click_inside("[part=input]").await;
    println!(
        "tasks above 50 ms until 5000 boards are there and open: {}",
        stage.browser.value("tasks.splice(0)").await
    );
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut worst = 0.0_f64;
        for text in [
            "elan valley 42 realtors number 4",
            "e",
            "mls nowhere",
            "association",
        ] {
            stage.browser.press(text).await;
            stage.press(Key::Backspace, 3).await;
            stage.press(Key::Down, 12).await;
            stage.press(Key::Escape, 2).await;
            let tasks = stage.browser.value("tasks.splice(0)").await;
            let tasks: Vec<f64> = serde_json::from_value(tasks).unwrap();
            worst = tasks.iter().copied().fold(worst, f64::max);
        }
        rounds.push(worst);
    }
    println!("the longest task while typing, by round: {rounds:?} ms (0: none above 50 ms)");
    let worst = rounds.into_iter().fold(f64::INFINITY, f64::min);
    assert!(worst <= LONGEST_TASK_MS, "{worst} ms");
    stage.browser.press("elan").await;
    assert_eq!(stage.rows().await.len(), 100);
    assert_eq!(
        stage.part("more", "textContent").await,
        "4900 more: type on"
    );
}
