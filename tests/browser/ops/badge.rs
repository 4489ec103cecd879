//! The badge as pages elsewhere show it.

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_show_the_badge() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    // The other listener is another origin.
    scene
        .browser
        .open(&format!("http://{}/livez", service.ops))
        .await;
    let badge = format!(
        "(async () => {{
            const image = new Image();
            image.src = 'http://{}/badge.svg';
            document.body.append(image);
            await image.decode();
            return [image.naturalWidth, image.naturalHeight];
        }})()",
        service.api
    );
    let size = scene.browser.settled(&badge).await;
    assert_eq!(size[1], 20, "{size}");
    assert!(size[0].as_i64() > Some(90), "{size}");
    scene.browser.picture("badge-fresh").await;
    scene.quarantine();
    let deadline = std::time::Instant::now() + crate::harness::PATIENCE;
    while !service
        .get("/badge.svg")
        .await
        .body
        .contains("fees: quarantined")
    {
        assert!(std::time::Instant::now() < deadline, "never in quarantine");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
