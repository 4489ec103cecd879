//! Files that are not the table they should be.

use super::*;

#[test]
fn the_header_must_be_right() {
    let with_header = |header: &str| errors_in(&format!("{header}\n{}", row(&[])));
    let standard = COLUMNS.join(",");
    assert_eq!(
        with_header(&standard.replace(",basis", "").replace(",label", ",title")),
        [
            "row 1, label: this column is missing; add it, empty if need be",
            "row 1, basis: this column is missing; add it, empty if need be",
            "row 1, title: \"title\" is not a column of the curated list; remove it",
        ]
    );
    assert_eq!(
        with_header(&standard.replace("fee_key,label", "label,fee_key")),
        [
            "row 1, label: \"label\" stands where \"fee_key\" belongs; put the columns in the order that curated export writes"
        ]
    );
    assert_eq!(
        with_header(&format!("internal_note,{standard}")),
        [
            "row 1, internal_note: \"internal_note\" stands where \"board_id\" belongs; put the columns in the order that curated export writes"
        ]
    );
    assert_eq!(
        with_header(&format!("{standard},note")),
        ["row 1, note: \"note\" stands there twice; remove one"]
    );
    assert_eq!(
        with_header(&standard.replace(',', ";")),
        ["row 1: separates its columns by ';'; save the file with commas"]
    );
    assert_eq!(
        errors_in(""),
        [
            "row 1: is missing; begin the file with the names of the columns, as curated export writes them"
        ]
    );
}

#[test]
fn a_file_that_is_no_table_is_refused_by_row() {
    assert_eq!(
        errors_in(&file(&[row(&[]), format!("{},extra", row(&[]))])),
        ["row 3: has 27 cells under 26 columns; put text that holds a comma in quotes"]
    );
    assert_eq!(
        errors_in(&file(&[row(&[("label", "\"never closed")]), row(&[])])),
        [
            "row 2, label: opens a quote that is never closed; close it, and double a quote that belongs to the text"
        ]
    );
    assert_eq!(
        errors_in(&file(&[row(&[("label", "\"closed\" twice\"")])])),
        ["row 2, label: goes on after its closing quote; double a quote that belongs to the text"]
    );
    let mut latin1 = file(&[row(&[]), row(&[("note", "Qu")])]).into_bytes();
    latin1.push(0xe9);
    let errors = parse_entries(&latin1, &one_board, &options()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 3: is not UTF-8; save the file as \"CSV UTF-8\""
    );
    let large = vec![b'x'; (16 << 20) + 1];
    let errors = parse_entries(&large, &one_board, &options()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 1: the file has 16777217 bytes; at most 16777216 are accepted"
    );
    let many = vec!["x".to_owned() + &",".repeat(25); 100_001];
    assert_eq!(
        errors_in(&file(&many)),
        ["row 100002: is beyond the 100000 rows that one file may have; split the file"]
    );
}
