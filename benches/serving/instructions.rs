//! Counting instructions, which are nearly the same from run to run.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::servers::{self, Server};
use crate::workload::Workload;

/// Requests that are counted.
const REQUESTS: u64 = 1_000;
/// Requests before them: what is made for the first who asks is there then.
const BEFORE: u64 = 50;

/// The most that a request of a workload may cost.
pub(crate) struct Limit {
    workload: String,
    most: u64,
}

impl Limit {
    /// Those that `arguments` give, each as `--most "quote of one board=16500"`.
    pub(crate) fn all(arguments: &[String]) -> Vec<Limit> {
        let pairs = arguments.windows(2).filter(|pair| pair[0] == "--most");
        let read = |text: &String| {
            let (workload, most) = text.split_once('=')?;
            let (workload, most) = (workload.to_owned(), most.parse().ok()?);
            Some(Limit { workload, most })
        };
        let limits = pairs.map(|pair| {
            read(&pair[1]).unwrap_or_else(|| panic!("{:?} is no \"workload=number\"", pair[1]))
        });
        limits.collect()
    }
}

/// Prints what a request of each workload costs, the bare server beside. Where there are `limits`, looks at their
/// workloads alone.
///
/// # Panics
/// When a request costs more than a limit says.
pub(crate) async fn count(folder: &Path, boards: u32, workloads: &[Workload], limits: &[Limit]) {
    let limit_of = |name: &str| limits.iter().find(|limit| limit.workload == name);
    let known = |limit: &Limit| workloads.iter().any(|other| other.name == limit.workload);
    if let Some(limit) = limits.iter().find(|limit| !known(limit)) {
        panic!("there is no workload {:?}", limit.workload);
    }
    let found = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    assert!(found.is_ok(), "valgrind is missing: install the package");
    println!("| workload | instructions a request | of bare hyper |\n| --- | ---: | ---: |");
    let mut beyond = Vec::new();
    for workload in workloads {
        let limit = limit_of(workload.name);
        if limit.is_none() && !limits.is_empty() {
            continue;
        }
        let mut workload = workload.clone();
        let folder = tempfile::tempdir_in(folder).unwrap();
        let counts = ["service", "floor"].map(|name| folder.path().join(name));
        let watchers = counts.each_ref().map(|counts| watcher(counts));
        let [by_service, by_floor] = watchers
            .each_ref()
            .map(|words| words.each_ref().map(String::as_str));
        let service = servers::start_service(folder.path(), boards, &by_service);
        let answer = servers::fetch(&service, &mut workload).await;
        let floor = servers::start_floor(
            folder.path(),
            &answer.save(&workload, folder.path()),
            &by_floor,
        );
        count_on(&service, &workload, &workload.target);
        count_on(&floor, &workload, &workload.floor_target);
        service.stop();
        // It is not made to stop by itself, and its counts are written whenever that is asked for.
        control(&floor, &["--dump"]);
        drop(floor);
        let [service, floor] = counts.map(|counts| busiest_thread(&counts) / REQUESTS);
        println!("| {} | {service} | {floor} |", workload.name);
        if let Some(limit) = limit.filter(|limit| service > limit.most) {
            let (name, most) = (&limit.workload, limit.most);
            beyond.push(format!("{name}: {service} instructions, {most} at most"));
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("; "));
}

/// The command that counts, from when it is told to, each thread by itself: what goes on beside requests is others' work.
fn watcher(counts: &Path) -> [String; 6] {
    let to_file = format!("--callgrind-out-file={}", counts.display());
    let words = [
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--instr-atstart=no",
        "--separate-threads=yes",
        &to_file,
    ];
    words.map(str::to_owned)
}

/// Has `target` asked for while it is counted.
fn count_on(server: &Server, workload: &Workload, target: &str) {
    ask(server, workload, target, BEFORE);
    control(server, &["--instr=on"]);
    ask(server, workload, target, REQUESTS);
    control(server, &["--instr=off"]);
}

/// Tells the counter of `server` something.
fn control(server: &Server, words: &[&str]) {
    let mut command = Command::new("callgrind_control");
    command.args(words).arg(server.id.to_string());
    let told = command.output().unwrap();
    assert!(told.status.success(), "{told:?}");
}

/// The instructions of the thread that had the most.
fn busiest_thread(counts: &Path) -> u64 {
    let name = counts.file_name().unwrap().to_str().unwrap();
    let files = fs::read_dir(counts.parent().unwrap()).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|file| {
        let file = file.file_name().unwrap().to_str().unwrap();
        file.starts_with(name)
    });
    let totals = files.filter_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        let totals = text
            .lines()
            .filter_map(|line| line.strip_prefix("totals: "));
        totals.filter_map(|total| total.trim().parse().ok()).max()
    });
    totals.max().expect("a thread was counted")
}

/// Asks again and again on one connection, each time when the answer before has come.
fn ask(server: &Server, workload: &Workload, target: &str, requests: u64) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let header = workload.header.as_ref();
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n"));
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}\r\n{}\r\n",
        target,
        server.address(),
        header.unwrap_or_default()
    );
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..requests {
        stream.write_all(request.as_bytes()).unwrap();
        skip_answer(&mut answers);
    }
}

fn skip_answer(answers: &mut impl BufRead) {
    let (mut line, mut length, mut has_body) = (String::new(), 0, true);
    while line != "\r\n" {
        line.clear();
        assert!(
            answers.read_line(&mut line).unwrap() > 0,
            "the service is gone"
        );
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("http/1.1 304") {
            has_body = false;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    if has_body {
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
}
