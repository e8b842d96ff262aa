use calendar::describe;
use calendar::recurrence::{Budget, Freq, Recurrence, Rule, Series, Start};
use proptest::prelude::*;

use super::*;

fn read(lines: &[&str]) -> Repeat {
    let wall = "2026-03-02T10:00:00".parse().unwrap();
    let start = Start::Zoned { wall, zone: calendar::zone::DEFAULT_ZONE };
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    describe::series(&Series::read(start, &lines), Budget::DEFAULT)
}

/// Of a series that begins on Monday, 2 March 2026 in Seoul: its lines, and the sentence in every language, in the order
/// of `Tongue::ALL`.
#[rustfmt::skip]
const SENTENCES: [(&[&str], [&str; 5]); 43] = [
    // Days and weeks.
    (&["RRULE:FREQ=DAILY"], ["매일", "Every day", "毎日", "每天", "每天"]),
    (&["RRULE:FREQ=DAILY;INTERVAL=3"], ["3일마다", "Every 3 days", "3日ごと", "每3天", "每3天"]),
    (&["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
        ["매주 평일", "Every weekday", "毎週平日", "每个工作日（周一至周五）", "每個平日（週一至週五）"]),
    (&["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR"],
        ["2주마다 평일", "Every 2 weeks on weekdays", "2週間ごとの平日", "每2周的周一至周五", "每2週的週一至週五"]),
    (&["RRULE:FREQ=WEEKLY"], ["매주 월요일", "Every Monday", "毎週月曜日", "每周一", "每週一"]),
    (&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"],
        ["매주 월·수·금", "Every Monday, Wednesday and Friday", "毎週月・水・金曜日", "每周一、三、五", "每週一、三、五"]),
    (&["RRULE:FREQ=WEEKLY;BYDAY=SA,SU"],
        ["매주 일·토", "Every Saturday and Sunday", "毎週日・土曜日", "每周六、日", "每週日、六"]),
    (&["RRULE:FREQ=WEEKLY;BYDAY=MO,SU"],
        ["매주 일·월", "Every Monday and Sunday", "毎週日・月曜日", "每周一、日", "每週日、一"]),
    (&["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"],
        ["2주마다 목요일", "Every 2 weeks on Thursday", "2週間ごとの木曜日", "每2周的周四", "每2週的週四"]),
    (&["RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,TH"],
        ["3주마다 화·목", "Every 3 weeks on Tuesday and Thursday", "3週間ごとの火・木曜日", "每3周的周二、周四", "每3週的週二、週四"]),
    // Months.
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=15"],
        ["매월 15일", "Every month on the 15th", "毎月15日", "每月15日", "每月15日"]),
    (&["RRULE:FREQ=MONTHLY"], ["매월 2일", "Every month on the 2nd", "毎月2日", "每月2日", "每月2日"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"],
        ["매월 1일·15일", "Every month on the 1st and 15th", "毎月1日・15日", "每月1日、15日", "每月1日、15日"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=3,12,23"],
        ["매월 3일·12일·23일", "Every month on the 3rd, 12th and 23rd", "毎月3日・12日・23日", "每月3日、12日、23日", "每月3日、12日、23日"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"],
        ["매월 마지막 날", "Every month on the last day", "毎月末日", "每月最后一天", "每月最後一天"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=-2"],
        ["매월 끝에서 둘째 날", "Every month on the second to last day", "毎月の最後から2番目の日", "每月倒数第二天", "每月倒數第二天"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,-1"],
        ["매월 15일·마지막 날", "Every month on the 15th and the last day", "毎月15日・末日", "每月15日、最后一天", "每月15日、最後一天"]),
    (&["RRULE:FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=31"],
        ["3개월마다 31일", "Every 3 months on the 31st", "3か月ごとの31日", "每3个月的31日", "每3個月的31日"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=2TU"],
        ["매월 둘째 화요일", "Every month on the second Tuesday", "毎月第2火曜日", "每月第二个周二", "每月第二個週二"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO"],
        ["매월 첫째·셋째 월요일", "Every month on the first and third Monday", "毎月第1・第3月曜日", "每月第一个周一、第三个周一", "每月第一個週一、第三個週一"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=1MO,3WE"],
        ["매월 첫째 월요일·셋째 수요일", "Every month on the first Monday and the third Wednesday", "毎月第1月曜日・第3水曜日", "每月第一个周一、第三个周三", "每月第一個週一、第三個週三"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=-1FR"],
        ["매월 마지막 금요일", "Every month on the last Friday", "毎月最終金曜日", "每月最后一个周五", "每月最後一個週五"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=-2FR"],
        ["매월 끝에서 둘째 금요일", "Every month on the second to last Friday", "毎月の最後から2番目の金曜日", "每月倒数第二个周五", "每月倒數第二個週五"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=5SU"],
        ["매월 다섯째 일요일", "Every month on the fifth Sunday", "毎月第5日曜日", "每月第五个周日", "每月第五個週日"]),
    (&["RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=1SA,-1SA"],
        ["2개월마다 첫째·마지막 토요일", "Every 2 months on the first and last Saturday", "2か月ごとの第1・最終土曜日", "每2个月的第一个周六、最后一个周六", "每2個月的第一個週六、最後一個週六"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        ["매월 마지막 평일", "Every month on the last weekday", "毎月の最後の平日", "每月最后一个工作日（周一至周五）", "每月最後一個平日（週一至週五）"]),
    (&["RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3"],
        ["2개월마다 첫째 평일·셋째 평일", "Every 2 months on the first weekday and the third weekday", "2か月ごとの最初の平日・3番目の平日", "每2个月的第一个工作日（周一至周五）、第三个工作日（周一至周五）", "每2個月的第一個平日（週一至週五）、第三個平日（週一至週五）"]),
    (&["RRULE:FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1"],
        ["매월 주말(토·일) 중 첫째 날", "Every month on the first weekend day", "毎月の土日のうち最初の日", "每月第一个周六或周日", "每月第一個週六或週日"]),
    // Years.
    (&["RRULE:FREQ=YEARLY"], ["매년 3월 2일", "Every year on 2 March", "毎年3月2日", "每年3月2日", "每年3月2日"]),
    (&["RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=10;BYMONTHDAY=9"],
        ["2년마다 10월 9일", "Every 2 years on 9 October", "2年ごとの10月9日", "每2年的10月9日", "每2年的10月9日"]),
    (&["RRULE:FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=15"],
        ["매년 1월·7월의 15일", "Every year on the 15th of January and July", "毎年1月・7月の15日", "每年1月、7月的15日", "每年1月、7月的15日"]),
    (&["RRULE:FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"],
        ["매년 3월·6월·9월·12월의 마지막 날", "Every year on the last day of March, June, September and December", "毎年3月・6月・9月・12月の末日", "每年3月、6月、9月、12月的最后一天", "每年3月、6月、9月、12月的最後一天"]),
    (&["RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"],
        ["매년 11월 넷째 목요일", "Every year on the fourth Thursday of November", "毎年11月の第4木曜日", "每年11月的第四个周四", "每年11月的第四個週四"]),
    (&["RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        ["매년 12월 마지막 평일", "Every year on the last weekday of December", "毎年12月の最後の平日", "每年12月的最后一个工作日（周一至周五）", "每年12月的最後一個平日（週一至週五）"]),
    // Ends: the last date that occurs, a number, none; the 31st of March 2026 is a Tuesday.
    (&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20260331T145959Z"],
        ["매주 월·수·금, 2026년 3월 30일까지", "Every Monday, Wednesday and Friday, until 30 March 2026", "毎週月・水・金曜日、2026年3月30日まで", "每周一、三、五，至2026年3月30日", "每週一、三、五，至2026年3月30日"]),
    (&["RRULE:FREQ=DAILY;COUNT=10"],
        ["매일, 총 10회", "Every day, 10 times", "毎日、全10回", "每天，共10次", "每天，共10次"]),
    (&["RRULE:FREQ=DAILY;COUNT=1"], ["매일, 총 1회", "Every day, once", "毎日、全1回", "每天，共1次", "每天，共1次"]),
    (&["RRULE:FREQ=WEEKLY;UNTIL=20260101T000000Z"],
        ["매주 월요일, 해당하는 날짜 없음", "Every Monday, no matching dates", "毎週月曜日、該当する日なし", "每周一，没有符合的日期", "每週一，沒有符合的日期"]),
    // Dates added and taken away.
    (&["RRULE:FREQ=WEEKLY;COUNT=10", "EXDATE;TZID=Asia/Seoul:20260309T100000,20260316T100000"],
        ["매주 월요일, 총 10회, 2일 제외", "Every Monday, 10 times, except 2 dates", "毎週月曜日、全10回、2日分を除く", "每周一，共10次，其中2天除外", "每週一，共10次，其中2天除外"]),
    (&["RRULE:FREQ=WEEKLY;UNTIL=20260330T010000Z", "RDATE;TZID=Asia/Seoul:20260304T100000", "EXDATE;TZID=Asia/Seoul:20260330T100000"],
        ["매주 월요일, 2026년 3월 23일까지, 1일 추가, 1일 제외", "Every Monday, until 23 March 2026, plus 1 date, except 1 date", "毎週月曜日、2026年3月23日まで、1日分を追加、1日分を除く", "每周一，至2026年3月23日，另加1天，其中1天除外", "每週一，至2026年3月23日，另加1天，其中1天除外"]),
    (&["RDATE;TZID=Asia/Seoul:20260304T100000,20260306T100000"],
        ["지정한 날짜 3개, 2026년 3월 6일까지", "On 3 chosen dates, until 6 March 2026", "指定した日付3件、2026年3月6日まで", "指定的3个日期，至2026年3月6日", "指定的3個日期，至2026年3月6日"]),
    // What no sentence fits.
    (&["RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"],
        ["사용자 지정 규칙(RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR)", "Custom rule (RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR)", "カスタムルール（RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR）", "自定义规则（RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR）", "自訂規則（RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR）"]),
    (&["RRULE:FREQ=SOMETIMES"],
        ["사용자 지정 규칙(RRULE:FREQ=SOMETIMES)", "Custom rule (RRULE:FREQ=SOMETIMES)", "カスタムルール（RRULE:FREQ=SOMETIMES）", "自定义规则（RRULE:FREQ=SOMETIMES）", "自訂規則（RRULE:FREQ=SOMETIMES）"]),
];

#[test]
fn every_rule_reads_well_in_every_language() {
    for (lines, sentences) in SENTENCES {
        let repeat = read(lines);
        for (tongue, expected) in Tongue::ALL.into_iter().zip(sentences) {
            assert_eq!(sentence(tongue, &repeat), expected, "{lines:?} in {tongue:?}");
        }
    }
}

#[test]
fn one_date_does_not_repeat() {
    let repeat = Repeat { rhythm: Rhythm::Chosen(1), ends: Ends::Never, added: 0, excluded: 0 };
    let said = Tongue::ALL.map(|tongue| sentence(tongue, &repeat));
    assert_eq!(said, ["반복 안 함", "Does not repeat", "繰り返しなし", "不重复", "不重複"]);
}

#[test]
fn a_megabyte_of_rule_is_a_short_sentence() {
    let rule = format!("RRULE:FREQ=SOMETIMES;X-{}", "가".repeat(400_000));
    for tongue in Tongue::ALL {
        let said = sentence(tongue, &read(&[&rule]));
        assert!(said.chars().count() < 2 * CUSTOM_CHARS && said.contains('…'), "{tongue:?}");
    }
}

#[test]
fn chinese_is_told_apart_by_script_then_by_region() {
    for (tag, tongue) in [
        ("ko-KR", Some(Tongue::Ko)),
        ("en", Some(Tongue::En)),
        ("JA", Some(Tongue::Ja)),
        ("zh", Some(Tongue::ZhCn)),
        ("zh_TW", Some(Tongue::ZhTw)),
        ("zh-Hant", Some(Tongue::ZhTw)),
        ("zh-HK", Some(Tongue::ZhTw)),
        ("zh-Hans-TW", Some(Tongue::ZhCn)),
        ("fr", None),
        ("", None),
    ] {
        assert_eq!(Tongue::parse(tag), tongue, "{tag}");
    }
    assert_eq!(Lang::ALL.map(Tongue::from), [Tongue::Ko, Tongue::En]);
}

/// Endless rules as people and programs make them: any value of any part. How one ends is told apart from its rhythm.
fn rule() -> impl Strategy<Value = String> {
    let weekday = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let nth = prop::sample::select(vec!["", "", "", "1", "2", "3", "5", "-1", "-2", "7"]);
    let by_day = prop::collection::vec((nth, weekday).prop_map(|(nth, day)| format!("{nth}{day}")), 0..6);
    let numbers = |low: i32, high: i32| {
        let number = (low..=high).prop_filter("0 is no day", |number| *number != 0);
        prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(number, 1..4)]
    };
    let freq = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"]);
    (freq, 1u32..4, by_day, numbers(-31, 31), numbers(1, 12), numbers(-3, 3)).prop_map(
        |(freq, interval, days, month_days, months, positions)| {
            let part = |name: &str, values: Vec<String>| match values.is_empty() {
                true => String::new(),
                false => format!(";{name}={}", values.join(",")),
            };
            let words = |numbers: Vec<i32>| numbers.iter().map(ToString::to_string).collect();
            format!(
                "RRULE:FREQ={freq};INTERVAL={interval}{}{}{}{}",
                part("BYDAY", days),
                part("BYMONTHDAY", words(month_days)),
                part("BYMONTH", words(months)),
                part("BYSETPOS", words(positions)),
            )
        },
    )
}

proptest! {
    #[test]
    fn every_rule_is_a_sentence_without_its_own_words(rule in rule()) {
        let repeat = read(&[&rule]);
        for tongue in Tongue::ALL {
            let said = sentence(tongue, &repeat);
            prop_assert!(!said.trim().is_empty() && !said.contains("  "), "{rule}: {said:?}");
            if !matches!(repeat.rhythm, Rhythm::Custom(_)) {
                for word in ["FREQ", "RRULE", "BY", "=", ";", "MO", "{", "}"] {
                    prop_assert!(!said.contains(word), "{rule}: {said:?}");
                }
                // Nothing falls out of the sentence: what is told differently is said differently.
                let every = Repeat { rhythm: Rhythm::Days { every: 1 }, ..repeat.clone() };
                prop_assert!(repeat.rhythm == every.rhythm || said != sentence(tongue, &every));
            }
        }
    }

    #[test]
    fn other_days_are_other_words(first in 1i8..=31, second in 1i8..=31, nth in 1i8..=5, other in 1i8..=5) {
        let said = |tongue, on| {
            let rhythm = Rhythm::Months { every: 1, on: vec![on] };
            sentence(tongue, &Repeat { rhythm, ends: Ends::Never, added: 0, excluded: 0 })
        };
        for tongue in Tongue::ALL {
            let days = [DayOfMonth::Day(first), DayOfMonth::Day(second)].map(|day| said(tongue, day));
            prop_assert_eq!(days[0] == days[1], first == second);
            for sign in [1, -1] {
                let workdays = [nth, other].map(|nth| said(tongue, DayOfMonth::Workday(sign * nth)));
                prop_assert_eq!(workdays[0] == workdays[1], nth == other);
            }
            prop_assert_ne!(said(tongue, DayOfMonth::Workday(nth)), said(tongue, DayOfMonth::Workday(-nth)));
        }
    }
}

#[test]
fn a_rule_made_here_is_told_like_one_that_was_read() {
    let start = Start::Date("2026-03-02".parse().unwrap());
    let made = Recurrence::new(start, vec![Rule { interval: 2, ..Rule::every(Freq::Weekly) }]).unwrap();
    let told = describe::recurrence_of(&made, Budget::DEFAULT);
    assert_eq!(sentence(Tongue::Ko, &told), "2주마다 월요일");
}
