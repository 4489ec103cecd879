//! The configuration itself.

use super::*;

#[test]
fn a_mapping_error_names_the_path_the_value_and_the_remedy() {
    let fee = |line: &str| {
        format!("[[fees]]\nchannel = \"pass_through\"\nkey = \"idx\"\namount = \"/fee\"\n{line}")
    };
    for (overrides, path, part) in [
        (
            "nmae = \"/name\"".to_owned(),
            "upstream.mapping.nmae",
            "use one of path, query",
        ),
        (
            "name = \"name\"".to_owned(),
            "upstream.mapping.name",
            "begin it with a slash",
        ),
        ("id = \"\"".to_owned(), "upstream.mapping.id", "is missing"),
        ("id = \"/a~2\"".to_owned(), "upstream.mapping.id", "~0"),
        (
            "paging = \"cursor\"".to_owned(),
            "upstream.mapping.paging",
            "use offset or none",
        ),
        (
            "path = \"boards\"".to_owned(),
            "upstream.mapping.path",
            "begin it with a slash",
        ),
        (
            "results = \"results\"".to_owned(),
            "upstream.mapping.results",
            "slash",
        ),
        (
            "query = { limit = 5 }".to_owned(),
            "upstream.mapping.query.limit",
            "page_size",
        ),
        (
            "country = \"USA\"".to_owned(),
            "upstream.mapping.country",
            "\"USA\"",
        ),
        (
            "country = { default = \"US\" }".to_owned(),
            "upstream.mapping.country.pointer",
            "is missing",
        ),
        (
            "country = { pointer = [] }".to_owned(),
            "upstream.mapping.country.pointer",
            "list of pointers",
        ),
        (
            "paperwork = { pointer = \"/p\", values = { FAX = \"facsimile\" } }".to_owned(),
            "upstream.mapping.paperwork.values.FAX",
            "\"facsimile\" is not one of manual, automatic",
        ),
        (
            "paperwork = { pointer = \"/p\", value = { FAX = \"manual\" } }".to_owned(),
            "upstream.mapping.paperwork.value",
            "use one of pointer, values, default",
        ),
        (
            "fees = 3".to_owned(),
            "upstream.mapping.fees",
            "[[upstream.mapping.fees]]",
        ),
        (
            fee("cadence = \"weekly\""),
            "upstream.mapping.fees[0].cadence",
            "\"weekly\"",
        ),
        (
            fee("required = \"yes\""),
            "upstream.mapping.fees[0].required",
            "true nor false",
        ),
        (
            fee("empty = \"zero\""),
            "upstream.mapping.fees[0].empty",
            "\"zero\"",
        ),
        (
            fee("minimum = 4.5"),
            "upstream.mapping.fees[0].minimum",
            "in quotes",
        ),
        (
            fee("minimum = \"fee\""),
            "upstream.mapping.fees[0].minimum",
            "\"fee\" is not an amount",
        ),
        (
            "[[fees]]\nkey = \"a\"\namount = \"/a\"".to_owned(),
            "upstream.mapping.fees[0].channel",
            "is missing",
        ),
        (
            "[[fees]]\nchannel = \"direct\"\nkey = \"a\"".to_owned(),
            "upstream.mapping.fees[0].amount",
            "is missing",
        ),
        (
            "[[fees]]\nchannel = \"direct\"\namount = \"/a\"".to_owned(),
            "upstream.mapping.fees[0].key",
            "is missing",
        ),
    ] {
        let error = try_with(&overrides).unwrap_err();
        assert_eq!(error.path, path, "{overrides}");
        assert!(error.problem.contains(part), "{overrides}: {error}");
    }
    let error = Mapping::from_config("zillow", &json!({})).unwrap_err();
    assert_eq!(error.path, "upstream.profile");
    assert!(error.problem.contains("ihomefinder"), "{error}");
}

#[test]
fn overrides_replace_key_by_key_and_fees_as_a_whole() {
    let mapping = with("name = \"/title\"");
    assert_eq!(mapping.fees.len(), 2);
    let text = r#"{"id": 1, "title": "A", "abbreviation": "B"}"#;
    let board = try_read(&mapping, text, &mut Notices::default()).unwrap();
    assert_eq!(board.facts.label(), "A (B)");
    let one = with("[[fees]]\nchannel = \"direct\"\nkey = \"a\"\namount = \"/a\"");
    assert_eq!(one.fees.len(), 1);
    let unmapped = Mapping::from_config("ihomefinder", &json!({"abbreviation": null})).unwrap();
    let board = try_read(
        &unmapped,
        &board_text(r#""abbreviation": "B""#),
        &mut Notices::default(),
    );
    assert_eq!(board.unwrap().facts.abbreviation, None);
}
