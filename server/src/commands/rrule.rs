//! `roomly rrule`: the recurrence engine for everyone. For people, one series' dates in a range; for programs, one question
//! a line on standard input and one answer a line, in the form of the corpus in `crates/calendar/tests/corpus`.

mod question;

use std::io::{self, BufRead, Write};

use anyhow::{Context as _, Result, ensure};
use calendar::recurrence::Recurrence;

use crate::log;

/// Longer lines are refused unread. A line holds a series, not a calendar.
const MAX_LINE: u64 = 4 * 1024 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Answer questions from standard input: a JSON object a line, an answer a line.
    #[arg(long, conflicts_with_all = ["dtstart", "tz", "rule", "between"])]
    stdin: bool,
    /// When the series begins: a wall time (`2026-03-02T10:00`) or, for an all-day series, a date.
    #[arg(long, required_unless_present = "stdin")]
    dtstart: Option<String>,
    /// The IANA zone of a wall time (`Asia/Seoul`); without one it floats.
    #[arg(long)]
    tz: Option<String>,
    /// `FREQ=WEEKLY;BYDAY=MO`, or a whole line (`EXDATE:20260309T010000Z`); may be given several times.
    #[arg(long, required_unless_present = "stdin")]
    rule: Vec<String>,
    /// The dates that start from A until before B, each a date or a wall time.
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    between: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.stdin {
        return match answer_all(io::stdin().lock(), io::stdout().lock()) {
            // Whoever asked has heard enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("failed to read questions or to write answers"),
        };
    }
    let dtstart = args.dtstart.as_deref().unwrap_or_default();
    let start = question::start(dtstart, args.tz.as_deref(), None).map_err(anyhow::Error::msg)?;
    let lines: Vec<String> = args
        .rule
        .iter()
        .map(|rule| if rule.contains(':') { rule.clone() } else { format!("RRULE:{rule}") })
        .collect();
    let series = Recurrence::read_strict(start, &lines)?;
    let budget = question::BUDGET;
    let slots = match args.between.as_slice() {
        [from, to] => {
            let edge = |text| question::edge(text, start).map_err(anyhow::Error::msg);
            series.between(edge(from)?, edge(to)?, budget)?
        }
        _ => {
            ensure!(!question::is_endless(&series), "the series has no end: say which dates by --between");
            series.all(budget)?
        }
    };
    for slot in slots {
        log::say(&slot.to_string());
    }
    Ok(())
}

/// Answers each line as it comes, so that whoever asks may wait for the answer before asking again.
fn answer_all(mut questions: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut questions, MAX_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        let answer = if line.last() != Some(&b'\n') && read as u64 == MAX_LINE {
            skip_line(&mut questions)?;
            question::refusal(None, format!("the line is longer than {MAX_LINE} bytes"))
        } else if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        } else {
            question::answer(&line)
        };
        serde_json::to_writer(&mut answers, &answer)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
}

/// Reads up to the end of the line without keeping it.
fn skip_line(questions: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = questions.fill_buf()?;
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        questions.consume(used);
        if ended {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answers(questions: &[u8]) -> Vec<Value> {
        let mut answers = Vec::new();
        answer_all(questions, &mut answers).unwrap();
        answers
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    fn answer(question: &Value) -> Value {
        answers(question.to_string().as_bytes()).remove(0)
    }

    #[test]
    fn a_series_is_expanded_within_its_window() {
        let question = json!({
            "id": "a", "dtstart": "2026-03-02T10:00:00", "tzid": "Asia/Seoul", "allday": false,
            "recurrence": ["RRULE:FREQ=WEEKLY"], "window_start": "2026-03-09T00:00:00+09:00",
            "window_end": "2026-03-17T00:00:00+09:00", "limit": 5,
        });
        let expected = ["2026-03-09T10:00:00+09:00", "2026-03-16T10:00:00+09:00"];
        assert_eq!(answer(&question), json!({ "id": "a", "expected": expected }));
    }

    #[test]
    fn a_limit_ends_an_endless_series() {
        let question = json!({
            "id": 7, "dtstart": "2026-03-02", "tzid": null, "allday": true,
            "recurrence": ["RRULE:FREQ=DAILY"], "limit": 2,
        });
        assert_eq!(answer(&question), json!({ "id": 7, "expected": ["2026-03-02", "2026-03-03"] }));
        let mut endless = question;
        endless["limit"] = Value::Null;
        assert!(answer(&endless)["error"].as_str().unwrap().contains("no end"));
    }

    #[test]
    fn a_split_gives_both_halves() {
        let question = json!({
            "id": "s", "split_at": "2026-03-04T10:00:00+09:00",
            "series": {
                "dtstart": "2026-03-02T10:00:00", "tzid": "Asia/Seoul", "allday": false,
                "recurrence": ["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Asia/Seoul:20260305T100000"],
            },
        });
        let answer = answer(&question);
        assert_eq!(
            answer["expected_before"],
            json!(["2026-03-02T10:00:00+09:00", "2026-03-03T10:00:00+09:00"])
        );
        assert_eq!(answer["expected_after"], json!(["2026-03-04T10:00:00+09:00"]));
    }

    #[test]
    fn nonsense_gets_an_error_and_the_next_line_an_answer() {
        let long = vec![b'x'; 5 * 1024 * 1024];
        let rule = format!("RRULE:FREQ=DAILY;BYDAY={}MO", "MO,".repeat(400_000));
        let mut questions = Vec::new();
        for line in [
            b"{".as_slice(),
            b"\xff\xfe",
            b"[1]",
            br#"{"id":"no-zone","dtstart":"2026-03-02T10:00:00","tzid":"Mars/Olympus","recurrence":["RRULE:FREQ=DAILY;COUNT=2"]}"#,
            br#"{"id":"wrong","dtstart":5,"recurrence":{}}"#,
            &long,
            json!({ "id": "big", "dtstart": "2026-03-02", "recurrence": [rule] }).to_string().as_bytes(),
            br#"{"id":"good","dtstart":"2026-03-02","allday":true,"recurrence":["RRULE:FREQ=DAILY;COUNT=1"]}"#,
        ] {
            questions.extend_from_slice(line);
            questions.extend_from_slice(b"\n\n");
        }
        let answers = answers(&questions);
        assert_eq!(answers.len(), 8);
        assert!(answers[..7].iter().all(|answer| answer["error"].is_string()), "{answers:?}");
        let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(ids[3..5], ["no-zone", "wrong"]);
        assert_eq!(ids[6..], ["big", "good"]);
        assert_eq!(answers[7]["expected"], json!(["2026-03-02"]));
    }

    #[test]
    fn work_is_bounded() {
        for (rule, dtstart) in [
            ("FREQ=SECONDLY", "1990-01-01T00:00:00"),
            ("FREQ=SECONDLY;COUNT=4294967295", "1990-01-01T00:00:00"),
            ("FREQ=SECONDLY;INTERVAL=60;BYSECOND=30", "1990-01-01T00:00:00"),
            ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "1990-01-01T00:00:00"),
            ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "1990-01-01T00:00:00"),
            ("FREQ=DAILY;COUNT=4294967295", "9999-12-01T00:00:00"),
        ] {
            let question = json!({
                "id": 1, "dtstart": dtstart, "tzid": "America/New_York",
                "recurrence": [format!("RRULE:{rule}")],
                "window_start": "2026-03-02T00:00:00", "window_end": "2026-03-09T00:00:00",
            });
            let answer = answer(&question);
            assert!(answer["error"].is_string() || answer["expected"] == json!([]), "{rule}: {answer}");
        }
    }
}
