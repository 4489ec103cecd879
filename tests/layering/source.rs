//! The paths that a source file uses, read from its tokens: enough of Rust's grammar for that, and no more.

/// One file of `src`.
pub(crate) struct Source {
    /// Its path below `src`, as `http/boards.rs`.
    pub(crate) file: String,
    /// Every path of two or more names, and every import, outside test code.
    pub(crate) references: Vec<Reference>,
    /// The files that hold test modules which this file declares.
    pub(crate) test_files: Vec<String>,
}

/// A path that is used.
pub(crate) struct Reference {
    /// Where, counted from 1.
    pub(crate) line: usize,
    /// Its names: `["crate", "store", "Store"]`.
    pub(crate) path: Vec<String>,
}

impl Source {
    /// Reads `code`, the text of `file`.
    pub(crate) fn parse(file: &str, code: &str) -> Source {
        let (tokens, test_modules) = without_tests(tokens(code));
        let folder = module_path(file).join("/");
        let in_folder = |name: String| {
            format!("{folder}/{name}")
                .trim_start_matches('/')
                .to_owned()
        };
        Source {
            file: file.to_owned(),
            references: references(&tokens),
            test_files: test_modules
                .into_iter()
                .flat_map(|name| [format!("{name}.rs"), format!("{name}/mod.rs")])
                .map(in_folder)
                .collect(),
        }
    }

    /// The room that the file belongs to: the top-level module, or `main` or `lib`.
    pub(crate) fn room(&self) -> &str {
        let top = self.file.split('/').next().unwrap_or_default();
        top.strip_suffix(".rs").unwrap_or(top)
    }

    /// The room that `path` leads to; `None` for another crate, or for a place below this file's own room.
    ///
    /// A `super` inside an inline module is taken for one of the file; there are no such modules outside tests.
    pub(crate) fn room_of<'a>(&self, path: &'a [String]) -> Option<&'a str> {
        let is_main = self.room() == "main";
        let supers = path.iter().take_while(|name| *name == "super").count();
        let next = match path.first()?.as_str() {
            "crate" if !is_main => 1,
            "ptf_cache" => 1,
            "super" if supers >= module_path(&self.file).len() => supers,
            _ => return None,
        };
        path.get(next).map(String::as_str)
    }
}

/// The module that a file is: `http/boards.rs` and `http/boards/mod.rs` are both `["http", "boards"]`.
fn module_path(file: &str) -> Vec<&str> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut names: Vec<&str> = stem.split('/').collect();
    if matches!(names.last(), Some(&("mod" | "lib" | "main"))) {
        names.pop();
    }
    names
}

/// A word, `::`, or one character of punctuation; a literal is a lone `"`.
struct Token {
    line: usize,
    text: String,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c == '_' || c.is_alphabetic())
    }
}

/// The tokens of `code`, without comments and without what literals say.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let (len, text) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment(rest), None)
        } else if let Some(len) = literal(rest) {
            (len, Some("\""))
        } else if first == '_' || first.is_alphanumeric() {
            let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric());
            let len = end.unwrap_or(rest.len());
            (len, Some(&rest[..len]))
        } else if rest.starts_with("::") {
            (2, Some("::"))
        } else {
            let len = first.len_utf8();
            (len, (!first.is_whitespace()).then_some(&rest[..len]))
        };
        tokens.extend(text.map(|text| Token {
            line,
            text: text.to_owned(),
        }));
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    tokens
}

/// The length of the block comment that `code` begins with; such comments nest.
fn block_comment(code: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < code.len() {
        let here = &code.as_bytes()[at..];
        let step = match here {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string or character that `code` begins with; `None` where it begins with something else, such as
/// a lifetime.
fn literal(code: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| {
        let opened = code.strip_prefix(prefix).unwrap_or_default();
        opened.trim_start_matches('#').starts_with('"')
            || (*prefix == "b" && opened.starts_with('\''))
    });
    let prefix = prefix.unwrap_or_default();
    let body = &code[prefix.len()..];
    let len = if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let inside = hashes + 1;
        inside + body[inside..].find(&end)? + end.len()
    } else if body.starts_with('"') {
        quoted(body, '"')?
    } else if let Some(inside) = body.strip_prefix('\'') {
        let is_lifetime = !inside.starts_with('\\') && inside.chars().nth(1) != Some('\'');
        if is_lifetime {
            return None;
        }
        quoted(body, '\'')?
    } else {
        return None;
    };
    Some(prefix.len() + len)
}

/// The length of what stands between two `quote`s, with both; a backslash escapes.
fn quoted(code: &str, quote: char) -> Option<usize> {
    let mut chars = code.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}

/// The tokens without the items under `#[cfg(test)]`, and the names of the modules among these that lie in a file of
/// their own.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        kept.push(token);
        let tail = kept.len().saturating_sub(ATTRIBUTE.len());
        if !kept[tail..].iter().map(|token| &*token.text).eq(ATTRIBUTE) {
            continue;
        }
        kept.truncate(tail);
        let item = item(&mut rest);
        if let [.., keyword, name, end] = item.as_slice()
            && keyword.text == "mod"
            && end.text == ";"
        {
            modules.push(name.text.clone());
        }
    }
    (kept, modules)
}

/// Takes the tokens of one item: up to its `;`, or to the end of its block.
fn item(tokens: &mut impl Iterator<Item = Token>) -> Vec<Token> {
    let mut depth = 0_usize;
    let mut item = Vec::new();
    for token in tokens {
        let text = token.text.clone();
        item.push(token);
        match text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (text == ";" || text == "}") {
            break;
        }
    }
    item
}

/// Every path of two or more names, and every import.
fn references(tokens: &[Token]) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_import = tokens[at].text == "use" && text(tokens, at + 1) != "<";
        if is_import {
            at = use_tree(tokens, at + 1, &[], &mut found);
        } else if tokens[at].is_word() {
            let (path, end) = plain_path(tokens, at);
            if path.len() > 1 {
                let line = tokens[at].line;
                found.push(Reference { line, path });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

/// The names joined by `::` from `at` on, and where they end.
fn plain_path(tokens: &[Token], at: usize) -> (Vec<String>, usize) {
    let mut path = vec![tokens[at].text.clone()];
    let mut end = at + 1;
    while text(tokens, end) == "::" && tokens.get(end + 1).is_some_and(Token::is_word) {
        path.push(tokens[end + 1].text.clone());
        end += 2;
    }
    (path, end)
}

/// Reads the import tree from `at` on, below `prefix`; gives where it ends.
fn use_tree(tokens: &[Token], at: usize, prefix: &[String], found: &mut Vec<Reference>) -> usize {
    let at = if text(tokens, at) == "::" { at + 1 } else { at };
    let Some(token) = tokens.get(at) else {
        return at;
    };
    if token.text == "{" {
        let mut next = at + 1;
        while next < tokens.len() && text(tokens, next) != "}" {
            next = match text(tokens, next) {
                "," => next + 1,
                _ => use_tree(tokens, next, prefix, found).max(next + 1),
            };
        }
        return next + 1;
    }
    let mut path = prefix.to_vec();
    if token.text != "self" || prefix.is_empty() {
        path.push(token.text.clone());
    }
    if text(tokens, at + 1) == "::" {
        return use_tree(tokens, at + 2, &path, found);
    }
    let line = token.line;
    found.push(Reference { line, path });
    if text(tokens, at + 1) == "as" {
        at + 3
    } else {
        at + 1
    }
}
