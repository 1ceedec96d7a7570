//! dom_smoothie over a list of pages: peer-dom-smoothie PAGES.jsonl DOCS.jsonl
//!
//! Prints the CPU of its calls alone, in ms.  A page at which it fails counts as empty.  Built by bench/setup-peers.
use dom_smoothie::{Config, Readability, TextMode};
use serde_json::{json, Value};
use std::{env, error::Error, fs, panic, time::Duration};

/// CPU of the process so far, all threads.
fn cpu() -> Duration {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: t is a timespec of ours, and the clock is one that every Linux has.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    Duration::new(t.tv_sec as u64, t.tv_nsec as u32)
}

/// As its manual shows it; `Formatted` is the mode whose text has the paragraphs that a reader sees.
fn text(url: &str, html: &str) -> Result<String, Box<dyn Error>> {
    let config = Config { text_mode: TextMode::Formatted, ..Default::default() };
    Ok(Readability::new(html, Some(url), Some(config))?.parse()?.text_content.to_string())
}

fn main() -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = env::args().skip(1).collect();
    let [pages, docs] = names.as_slice() else { return Err("usage: peer-dom-smoothie PAGES.jsonl DOCS.jsonl".into()) };
    let pages: Vec<Value> = fs::read_to_string(pages)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut texts = Vec::new();
    let begin = cpu();
    for page in &pages {
        let (url, html) = (page["url"].as_str().unwrap_or(""), page["html"].as_str().unwrap_or(""));
        let got = panic::catch_unwind(|| text(url, html).unwrap_or_default());
        texts.push((url, got.unwrap_or_default()));
    }
    let took = cpu() - begin;
    let lines: Vec<String> = texts.iter().map(|(url, text)| json!({ "text": text, "url": url }).to_string() + "\n").collect();
    fs::write(docs, lines.concat())?;
    println!("{:.0}", took.as_secs_f64() * 1e3);
    Ok(())
}
