//! The log: one line an event, to standard error, whatever text the event carries.

use std::fmt::{self, Write};

use tracing::Subscriber;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};
use tracing_subscriber::util::SubscriberInitExt;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// For people.
    Text {
        /// Whether in colour: only for a terminal, and where `NO_COLOR` is not set.
        colour: bool,
    },
    /// One JSON object a line.
    Json,
}

/// Why the log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("log.filter: \"{filter}\" is not a filter; write it like info or ptf_cache=debug,warn")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// This process has a log already.
    #[error("the log of this process is set up already; set it up once, at start")]
    AlreadySetUp,
}

/// Sends the events that pass `filter` to standard error, from here to the end of the process.
///
/// # Errors
/// When the filter cannot be read, or the log is set up already.
pub fn init(filter: &str, lines: Lines) -> Result<(), TelemetryError> {
    subscriber(filter, lines, std::io::stderr)?
        .try_init()
        .map_err(|_| TelemetryError::AlreadySetUp)
}

fn subscriber<W>(
    filter: &str,
    lines: Lines,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let read = EnvFilter::builder().parse(filter);
    let filter = read.map_err(|source| TelemetryError::Filter {
        filter: filter.to_owned(),
        source,
    })?;
    let builder = SubscriberBuilder::default()
        .with_env_filter(filter)
        .with_writer(writer)
        // It reports a failed write on standard error, which is what failed: that would end the process.
        .log_internal_errors(false);
    Ok(match lines {
        Lines::Json => Box::new(builder.json().flatten_event(true).finish()),
        Lines::Text { colour } => {
            let fields = debug_fn(write_field).delimited(" ");
            Box::new(builder.with_ansi(colour).fmt_fields(fields).finish())
        }
    })
}

/// Writes one field: the message alone, any other with its name.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => {}
        // Where an event of the `log` crate came from, which its target says already.
        name if name.starts_with("log.") => return Ok(()),
        name => write!(writer, "{name}=")?,
    }
    write!(OneLine(writer), "{value:?}")
}

/// Escapes what would break the line, drive the terminal or turn the direction of text: a vendor's words are logged
/// too, and must not be able to forge a line.
struct OneLine<'a, W>(&'a mut W);

impl<W: Write> Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    write!(self.0, "{}", c.escape_unicode())?;
                }
                c if c.is_control() => write!(self.0, "{}", c.escape_default())?,
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `act` logs.
    fn logged(filter: &str, lines: Lines, act: impl FnOnce()) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber = subscriber(filter, lines, move || writer.clone()).unwrap();
        with_default(subscriber, act);
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const PLAIN: Lines = Lines::Text { colour: false };

    #[test]
    fn a_vendors_text_cannot_break_a_line() {
        let text = "down\r\n2026-11-23 INFO all is well\u{1b}[2J\u{2028}\u{202e}\u{85}";
        let act = || {
            let span = tracing::info_span!("sync", vendor = %text);
            let _entered = span.enter();
            tracing::warn!(error = %text, quoted = text, "the vendor says {text}");
        };
        let line = logged("info", PLAIN, act);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            !line.trim_end().contains(|c: char| c.is_control()),
            "{line}"
        );
        assert!(!line.contains(['\u{2028}', '\u{202e}']), "{line}");
        let escaped = r"down\r\n2026-11-23 INFO all is well\u{1b}[2J\u{2028}\u{202e}\u{85}";
        assert!(
            line.contains(&format!("the vendor says {escaped}")),
            "{line}"
        );
        assert!(line.contains(&format!("error={escaped}")), "{line}");
        assert!(line.contains(&format!("vendor={escaped}")), "{line}");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let act = || {
            tracing::info!(board.id = "12", fees = 3, "a\nb");
            tracing::info!("second");
        };
        let text = logged("info", Lines::Json, act);
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["message"], "a\nb");
        assert_eq!(lines[0]["board.id"], "12");
        assert_eq!(lines[0]["fees"].to_string(), "3");
        assert_eq!(lines[0]["level"], "INFO");
    }

    #[test]
    fn a_vendors_text_cannot_break_a_json_line_either() {
        let text = "Lake\r\n{\"level\":\"INFO\"}\u{1b}[31m\u{0}\u{7f}\", \"board.id\":\"13\\";
        let act = || {
            let span = tracing::info_span!("sync", vendor = %text);
            let _entered = span.enter();
            tracing::warn!(board.id = "12", board.name = text, error = %text, "the vendor says {text}");
        };
        let logged = logged("info", Lines::Json, act);
        assert_eq!(logged.matches('\n').count(), 1, "{logged}");
        let is_raw = |c: char| c.is_ascii_control() && c != '\u{7f}';
        assert!(!logged.trim_end().contains(is_raw), "{logged}");
        let line: serde_json::Value = serde_json::from_str(&logged).unwrap();
        assert_eq!(line["board.name"], text);
        assert_eq!(line["error"], text);
        assert_eq!(line["span"]["vendor"], text);
        assert_eq!(line["message"], format!("the vendor says {text}"));
        assert_eq!(line["board.id"], "12");
        assert_eq!(line["level"], "WARN");
    }

    #[test]
    fn only_what_passes_the_filter_is_logged() {
        let act = || {
            tracing::debug!("left out");
            tracing::warn!(run_id = 7, "kept");
        };
        let line = logged("warn", PLAIN, act);
        assert!(
            line.contains("WARN ptf_cache::telemetry::tests: kept run_id=7"),
            "{line}"
        );
        assert!(!line.contains("left out"), "{line}");
    }

    #[test]
    fn colour_is_written_only_when_asked_for() {
        let act = || tracing::info!("event");
        assert!(!logged("info", PLAIN, act).contains('\u{1b}'));
        assert!(logged("info", Lines::Text { colour: true }, act).contains('\u{1b}'));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let error = subscriber("ptf_cache=loud", PLAIN, io::stderr)
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "log.filter: \"ptf_cache=loud\" is not a filter; write it like info or ptf_cache=debug,warn"
        );
    }
}
