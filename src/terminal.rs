//! Everything on stderr, and what the terminal can do: the progress bar, the log, colour, width.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::debug_fn;

use crate::cli::{ColorChoice, Global};
use flowmine::import::run::ImportProgress;
use flowmine::pipeline::Progress;
use flowmine::render::{Style, text};

/// The width that tables are fitted to where the terminal's is unknown.
const DEFAULT_WIDTH: usize = 120;

/// How long a run may take before a progress bar appears.
const BAR_DELAY: Duration = Duration::from_millis(500);

/// The terminal, or what stands in its place.
pub struct Terminal {
    bars: MultiProgress,
    shows_progress: bool,
    /// How tables on stdout are to look.
    pub style: Style,
}

impl Terminal {
    /// Looks at the terminal and starts the log.
    pub fn set_up(global: &Global) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        start_log(global, bars.clone());
        Self {
            bars,
            shows_progress: !global.quiet && io::stderr().is_terminal() && !is_dumb(),
            style: Style {
                width: width(),
                color: uses_color(global.color, io::stdout().is_terminal()),
                ascii: global.ascii || is_ascii(),
            },
        }
    }

    /// A bar for what may take long.
    pub fn progress(&self) -> Bar<'_> {
        Bar { terminal: self, bar: None, started: Instant::now(), recording: None }
    }
}

/// Whether help is coloured: as `--color` says, which has to be known before the command line is parsed.
pub fn color_of_help(args: &[OsString]) -> clap::ColorChoice {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let asked = |choice: &str| {
        args.contains(&format!("--color={choice}")) || args.windows(2).any(|pair| pair == ["--color", choice])
    };
    match (asked("always"), asked("never")) {
        (true, _) => clap::ColorChoice::Always,
        (_, true) => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// One line to stderr. Where that fails, there is nobody to tell.
pub fn say(message: &str) {
    let _ = writeln!(io::stderr(), "flowmine: {}", text::safe(message));
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the locale, asked for in the system's order, allows ASCII only. Without one, as in cron, it is C's, which
/// does.
fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_none_or(|locale| locale == "C" || locale == "POSIX")
}

/// An environment variable; an empty one counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

fn width() -> usize {
    let told = variable("COLUMNS").and_then(|columns| columns.parse().ok()).filter(|&width| width > 0);
    told.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(DEFAULT_WIDTH)
}

fn uses_color(choice: ColorChoice, is_terminal: bool) -> bool {
    let is_set = |name| variable(name).is_some();
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if is_set("NO_COLOR") => false,
        ColorChoice::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => is_terminal && !is_dumb(),
    }
}

/// Log lines go above the progress bar, never through it.
struct LogWriter(MultiProgress);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn start_log(global: &Global, bars: MultiProgress) {
    // Warnings are logged even with --quiet: cron mails only what is printed.
    let level = match global.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::builder().parse(variable("RUST_LOG").as_deref().unwrap_or(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new(level)))
        .with_writer(move || LogWriter(bars.clone()))
        // Whatever a message quotes from a file or from SQLite, it stays one line that only shows itself.
        .fmt_fields(debug_fn(|writer, _, value| write!(writer, "{}", text::safe(&format!("{value:?}")))))
        .with_ansi(uses_color(global.color, io::stderr().is_terminal()))
        .without_time()
        .with_target(false)
        .log_internal_errors(false)
        .init();
}

/// A progress bar that appears when something takes long.
pub struct Bar<'a> {
    terminal: &'a Terminal,
    bar: Option<ProgressBar>,
    started: Instant,
    /// How many workflows are to be recorded, once that is known.
    recording: Option<u64>,
}

impl Bar<'_> {
    fn bar(&mut self, template: &str) -> Option<&ProgressBar> {
        if self.bar.is_none() && self.terminal.shows_progress && self.started.elapsed() >= BAR_DELAY {
            self.terminal.bars.set_draw_target(ProgressDrawTarget::stderr());
            let bar = self.terminal.bars.add(ProgressBar::no_length());
            let drawn = if self.terminal.style.ascii { "#>." } else { "█▓░" };
            let style = ProgressStyle::with_template(template).expect("a valid template");
            bar.set_style(style.progress_chars(drawn));
            self.bar = Some(bar);
        }
        self.bar.as_ref()
    }

    fn show(&mut self, template: &str, done: u64, of: u64) {
        if let Some(bar) = self.bar(template) {
            bar.set_length(of);
            bar.set_position(done);
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// It moves when something is committed.
impl Progress for Bar<'_> {
    fn rows_read(&mut self, rows: u64) {
        if let Some(bar) = self.bar("reading {human_pos} rows") {
            bar.set_position(rows);
        }
    }

    fn writing(&mut self, workflows: u64) {
        self.recording = Some(workflows);
        self.clear();
    }

    fn committed(&mut self, workflows: u64) {
        if let Some(length) = self.recording {
            self.show("{bar:30} {human_pos}/{human_len} workflows  {eta} left", workflows, length);
        }
    }

    fn ended(&mut self) {
        self.clear();
    }
}

/// It moves with the bytes that are read.
impl ImportProgress for Bar<'_> {
    fn read(&mut self, bytes: u64, of: u64) {
        self.show("{bar:30} {bytes}/{total_bytes}  {eta} left", bytes, of);
        if bytes >= of {
            self.clear();
        }
    }
}
