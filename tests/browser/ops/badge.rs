//! The badge as pages elsewhere show it.

use super::{Scene, wait_for_badge};

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
    wait_for_badge(&service, "quarantined").await;
}
