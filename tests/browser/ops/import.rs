//! Importing the curated list from a file, tried out first.

use super::curated::{meanwhile, set_up_fee};
use super::{Scene, version};
use crate::harness::documented_fees;

impl Scene {
    /// Chooses a file of this text.
    async fn choose(&self, csv: &str) {
        self.choose_as("chosen.csv", csv).await;
    }

    /// The same, of this name.
    async fn choose_as(&self, name: &str, csv: &str) {
        let file = self.world.path(name);
        std::fs::write(&file, csv).unwrap();
        if self
            .browser
            .value("document.querySelector('#csv') === null")
            .await
            == true
        {
            self.browser.click("#import .open-import").await;
            self.browser
                .wait_until("document.activeElement.id === 'csv'")
                .await;
        }
        let field = self.browser.find("#csv").await;
        field.send_keys(file.to_str().unwrap()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_tried_out_imported_and_taken_back() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let service = scene.serve();
    let before = version(&service).await;
    scene.open(&service, "curator").await;

    let raised = documented_fees().replace("Set-up fee,100.00", "Set-up fee,150.00");
    scene.choose(&raised).await;
    scene.browser.click("#import form .primary").await;
    scene.wait_for_text("#import h3", "1 entry differs").await;
    let row = scene.text("#import tbody").await;
    for part in ["147", "100.00 USD once", "150.00 USD once", "+50\u{a0}%"] {
        assert!(row.contains(part), "{part}: {row}");
    }
    scene.browser.assert_accessible("an import tried out").await;
    scene.browser.picture("ops-import").await;
    assert_eq!(version(&service).await, before, "nothing is imported yet");
    scene.browser.click("#import .import").await;
    scene
        .wait_for_text("#import .note.good", "Imported: 1 entry changed")
        .await;
    assert_eq!(version(&service).await, before + 1);
    scene
        .wait_for_text("#curated tbody", "150.00 USD once")
        .await;
    scene.wait_for_text("#deeds", "imported").await;
    scene.browser.click("#deeds button").await;
    scene.wait_for_text("#curated .note", "Undone").await;
    scene
        .wait_for_text("#curated tbody", "100.00 USD once")
        .await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_row_and_column_and_a_list_that_changed_is_shown_again() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let service = scene.serve();
    scene.open(&service, "curator").await;
    let broken = documented_fees().replace("Set-up fee,100.00", "Set-up fee,n/a");
    scene.choose(&broken).await;
    scene.browser.click("#import form .primary").await;
    scene
        .wait_for_text("#import h3", "Nothing can be imported: 1 error")
        .await;
    let row = scene.text("#import tbody").await;
    assert!(row.contains("amount") && row.contains("n/a"), "{row}");
    scene.browser.assert_accessible("a file with errors").await;

    let raised = documented_fees().replace("Set-up fee,100.00", "Set-up fee,150.00");
    scene.choose(&raised).await;
    scene.browser.click("#import form .primary").await;
    scene.wait_for_text("#import h3", "1 entry differs").await;
    // Meanwhile somebody imports another price.
    let other = documented_fees().replace("Set-up fee,100.00", "Set-up fee,160.00");
    assert_eq!(scene.world.import(&other).code, 0);
    let before = service
        .wait_for("/v1/catalog", |catalog| catalog["version"] == 3)
        .await;
    scene.browser.click("#import .import").await;
    scene
        .wait_for_text("#import .note.bad", "somebody changed the list since")
        .await;
    scene
        .wait_for_text("#import tbody", "160.00 USD once")
        .await;
    assert_eq!(version(&service).await, before["version"]);
    scene.browser.assert_no_faults().await;
}

/// Whatever happens between the import and its answer: only the import itself is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn taking_an_import_back_keeps_what_somebody_changed_right_after_it() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let service = scene.serve();
    scene.open(&service, "curator").await;
    let raised = documented_fees().replace("Set-up fee,100.00", "Set-up fee,150.00");
    scene.choose(&raised).await;
    scene.browser.click("#import form .primary").await;
    scene.wait_for_text("#import h3", "1 entry differs").await;
    scene.intercept().await;
    scene.hold_back("dry_run=false").await;
    scene.browser.click("#import .import").await;
    scene.wait_for_held().await;
    meanwhile(&scene, &service, "160.00").await;
    // Nothing more is asked for to know what came of it.
    let refuse = "(window.__refused = '/v1/curated-fees.csv')";
    scene.browser.value(refuse).await;
    scene.release().await;
    scene
        .wait_for_text("#import .note.good", "Imported: 1 entry changed")
        .await;
    scene.wait_for_text("#deeds", "imported").await;
    scene.browser.click("#deeds button").await;
    scene.wait_for_text("#curated .note", "Not undone").await;
    assert_eq!(set_up_fee(&scene, &service).await, "160.00");
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_another_file_than_the_chosen_one_is_dropped() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let service = scene.serve();
    scene.open(&service, "curator").await;
    let priced =
        |amount| documented_fees().replace("Set-up fee,100.00", &format!("Set-up fee,{amount}"));
    scene.choose(&priced("150.00")).await;
    scene.intercept().await;
    scene.hold_back("dry_run=true").await;
    scene.browser.click("#import form .primary").await;
    scene.wait_for_held().await;
    scene.choose_as("other.csv", &priced("160.00")).await;
    scene.release().await;
    scene.browser.click("#import form .primary").await;
    scene
        .wait_for_text("#import h3", "other.csv: 1 entry differs")
        .await;
    assert_eq!(scene.asked("dry_run=true").await, 2);
    let row = scene.text("#import tbody").await;
    assert!(row.contains("160.00 USD once"), "{row}");

    scene.hold_back("dry_run=true").await;
    scene.browser.click("#import form .primary").await;
    scene.wait_for_held().await;
    scene.choose(&priced("170.00")).await;
    scene.release().await;
    scene
        .browser
        .settled("new Promise((done) => setTimeout(done, 300)).then(() => 0)")
        .await;
    let shown = "document.querySelectorAll('#import h3, #import .import').length";
    assert_eq!(scene.browser.value(shown).await, 0);
    scene.browser.assert_no_faults().await;
}
