//! 한빛 (`hanbit.example`): two buildings, 24 rooms named after mountains, thirty people, today's bookings (decisions 29).

use chrono::{Days, NaiveTime};
use chrono_tz::Asia::Seoul;
use serde_json::{Value, json};

use super::{SeedOptions, generated};
use crate::world::World;
use crate::world::clock::{DAY, HOUR, MINUTE, civil, instant, stamp};

pub(super) const DOMAIN: &str = "hanbit.example";
pub(super) const MOUNTAINS: [&str; 24] = [
    "한라",
    "백록담",
    "설악",
    "지리",
    "북한",
    "도봉",
    "관악",
    "오대",
    "치악",
    "소백",
    "월악",
    "속리",
    "계룡",
    "덕유",
    "내장",
    "무등",
    "월출",
    "가야",
    "주왕",
    "팔공",
    "금정",
    "신불",
    "천왕",
    "태백",
];
const SEATS: [u32; 24] = [12, 30, 8, 10, 6, 4, 6, 8, 4, 4, 10, 6, 2, 8, 12, 16, 4, 6, 2, 20, 6, 4, 8, 14];
/// Local part, family name, given name, title, department. The first is the admin.
pub(super) const PEOPLE: [(&str, &str, &str, &str, &str); 30] = [
    ("mina", "김", "민아", "팀장", "경영지원팀"),
    ("joon", "이", "준", "책임", "플랫폼개발팀"),
    ("seoyeon", "박", "서연", "선임", "디자인팀"),
    ("minjun", "최", "민준", "사원", "플랫폼개발팀"),
    ("jiwoo", "정", "지우", "책임", "마케팅팀"),
    ("haeun", "강", "하은", "선임", "인사팀"),
    ("doyun", "조", "도윤", "팀장", "영업팀"),
    ("subin", "윤", "수빈", "사원", "영업팀"),
    ("yejun", "장", "예준", "수석", "연구소"),
    ("chaewon", "임", "채원", "선임", "연구소"),
    ("jiho", "한", "지호", "책임", "데이터팀"),
    ("yuna", "오", "유나", "사원", "데이터팀"),
    ("hyunwoo", "서", "현우", "팀장", "품질팀"),
    ("eunji", "신", "은지", "선임", "품질팀"),
    ("siwoo", "권", "시우", "사원", "고객지원팀"),
    ("dahye", "황", "다혜", "책임", "고객지원팀"),
    ("taeyang", "안", "태양", "선임", "인프라팀"),
    ("sohee", "송", "소희", "사원", "인프라팀"),
    ("jaehyun", "전", "재현", "이사", "전략실"),
    ("nayeon", "홍", "나연", "선임", "전략실"),
    ("gunwoo", "유", "건우", "책임", "보안팀"),
    ("arin", "고", "아린", "사원", "보안팀"),
    ("seungmin", "문", "승민", "선임", "재무팀"),
    ("bora", "양", "보라", "팀장", "재무팀"),
    ("donghae", "손", "동해", "책임", "법무팀"),
    ("yerin", "배", "예린", "사원", "디자인팀"),
    ("kyungmin", "남궁", "경민", "수석", "플랫폼개발팀"),
    ("sunwoo", "백", "선우", "선임", "마케팅팀"),
    ("hyejin", "허", "혜진", "책임", "인사팀"),
    ("woojin", "심", "우진", "사원", "연구소"),
];
pub(super) const TITLES: [&str; 12] = [
    "주간 업무 회의",
    "디자인 리뷰",
    "신규 입사자 교육",
    "고객사 미팅",
    "스프린트 계획",
    "회고",
    "채용 면접",
    "예산 검토",
    "보안 점검",
    "분기 목표 공유",
    "1:1 면담",
    "제품 데모",
];
type Planned = (&'static str, i64, u32, i64, &'static str, &'static str, &'static [&'static str]);

/// Room, day from today, start as HHMM, minutes, organiser, title, guests. 한라 and 백록담 stay free of these; 금정, 신불, 천왕
/// and 태백 are free all day.
const PLAN: &[Planned] = &[
    ("설악", 0, 1330, 60, "seoyeon", "디자인 시안 리뷰", &["yerin", "joon"]),
    ("설악", 0, 1600, 60, "joon", "API 설계 회의", &["minjun", "kyungmin"]),
    ("지리", 0, 900, 60, "doyun", "영업 전략 회의", &["subin"]),
    ("지리", 0, 1400, 90, "jiwoo", "가을 캠페인 킥오프", &["sunwoo", "seoyeon"]),
    ("북한", 0, 1000, 30, "haeun", "채용 면접 (백엔드)", &["joon"]),
    ("북한", 0, 1100, 30, "haeun", "채용 면접 (디자인)", &["seoyeon"]),
    ("북한", 0, 1500, 60, "hyejin", "신규 입사자 오리엔테이션", &["haeun"]),
    ("도봉", 0, 930, 30, "minjun", "스탠드업", &["joon", "kyungmin"]),
    ("도봉", 0, 1700, 60, "kyungmin", "코드 리뷰 모임", &["minjun"]),
    ("관악", 0, 1030, 90, "jiho", "데이터 파이프라인 점검", &["yuna"]),
    ("관악", 0, 1500, 30, "yuna", "지표 정의 회의", &["jiho"]),
    ("오대", 0, 1000, 60, "hyunwoo", "품질 주간 보고", &["eunji"]),
    ("치악", 0, 1600, 60, "dahye", "고객 문의 분석", &["siwoo"]),
    ("소백", 0, 1300, 60, "taeyang", "서버 증설 계획", &["sohee"]),
    ("월악", 0, 1400, 120, "yejun", "연구 과제 중간 점검", &["chaewon", "woojin"]),
    ("속리", 0, 1130, 30, "gunwoo", "보안 점검 회의", &["arin"]),
    ("계룡", 0, 1500, 30, "mina", "1:1 면담", &["joon"]),
    ("덕유", 0, 900, 120, "bora", "예산 검토", &["seungmin", "mina"]),
    ("내장", 0, 1330, 60, "jaehyun", "임원 회의", &["nayeon", "mina", "bora"]),
    ("무등", 0, 1600, 90, "nayeon", "분기 목표 공유", &["jaehyun", "doyun"]),
    ("월출", 0, 1000, 60, "donghae", "계약서 검토", &["seungmin"]),
    ("가야", 0, 1430, 60, "siwoo", "고객사 화상 미팅", &["dahye"]),
    ("주왕", 0, 1100, 30, "eunji", "1:1 면담", &["hyunwoo"]),
    ("팔공", 0, 1000, 120, "hyejin", "전사 교육", &["haeun", "siwoo", "subin", "arin"]),
    ("설악", 1, 1000, 60, "joon", "스프린트 계획", &["minjun", "kyungmin"]),
    ("지리", 1, 1400, 60, "doyun", "파트너사 미팅", &["subin"]),
    ("팔공", 1, 1500, 90, "mina", "전체 회의", &["joon", "seoyeon", "doyun", "bora"]),
    ("관악", 1, 1100, 60, "jiho", "대시보드 시연", &["yuna", "nayeon"]),
    ("설악", -1, 1400, 60, "joon", "스프린트 회고", &["minjun", "kyungmin"]),
    ("한라", -1, 1000, 60, "jaehyun", "경영 회의", &["nayeon", "bora"]),
    ("월악", -1, 1600, 60, "yejun", "논문 세미나", &["chaewon"]),
];

pub(super) fn fill(world: &mut World, options: &SeedOptions, now: i64) {
    world.add_company(DOMAIN, Seoul);
    if let Some(company) = world.directory.companies.get_mut(DOMAIN) {
        company.name = "한빛".to_owned();
    }
    for (i, (local, family, given, title, department)) in PEOPLE.iter().enumerate() {
        let email = address(local);
        world.add_user(&email, given, family, i == 0);
        if let Some(user) = world.directory.users.get_mut(&email) {
            user.title = Some((*title).to_owned());
            user.department = Some((*department).to_owned());
        }
    }
    let floors = ["2", "3", "4", "5", "6", "7", "8", "9"];
    world.add_building(DOMAIN, "main", "본관", &floors);
    world.add_building(DOMAIN, "annex", "별관", &floors[..4]);
    match options.rooms {
        None => rooms(world),
        Some(count) => generated::rooms(world, count),
    }
    match (options.bookings_per_room, options.rooms) {
        (Some(per_room), _) => generated::bookings(world, per_room, now),
        (None, None) => bookings(world, now),
        (None, Some(_)) => generated::bookings(world, 4, now),
    }
}

fn rooms(world: &mut World) {
    for (i, (name, seats)) in MOUNTAINS.iter().zip(SEATS).enumerate() {
        let (building, floor) = if i < 16 { ("main", 2 + i / 2) } else { ("annex", 2 + (i - 16) / 2) };
        let features: &[&str] = match seats {
            0..=3 => &[],
            4..=5 => &["화이트보드"],
            6..=9 => &["TV", "화이트보드"],
            _ => &["TV", "화이트보드", "화상회의"],
        };
        world.add_room(DOMAIN, name, Some(building), Some(&floor.to_string()), seats, features);
    }
}

fn address(local: &str) -> String {
    format!("{local}@{DOMAIN}")
}

fn body(title: &str, start: i64, minutes: i64, people: &[&str], room: Option<&str>) -> Value {
    let mut attendees: Vec<Value> =
        people.iter().map(|local| json!({ "email": address(local), "responseStatus": "accepted" })).collect();
    attendees.extend(room.map(|room| json!({ "email": room, "resource": true })));
    json!({
        "summary": title,
        "start": { "dateTime": stamp(start), "timeZone": Seoul.name() },
        "end": { "dateTime": stamp(start + minutes * MINUTE), "timeZone": Seoul.name() },
        "attendees": attendees,
    })
}

fn bookings(world: &mut World, now: i64) {
    let today = civil(now, Seoul).date();
    let at = |offset: i64, hhmm: u32| {
        let day =
            today + Days::new(offset.max(0).unsigned_abs()) - Days::new((-offset).max(0).unsigned_abs());
        instant(day.and_time(NaiveTime::from_hms_opt(hhmm / 100, hhmm % 100, 0).unwrap_or_default()), Seoul)
    };
    let insert =
        |world: &mut World, room: &str, local: &str, guests: &[&str], mut event: Value, extra: Value| {
            let Some(room) = world.room_email(DOMAIN, room) else { return };
            let people: Vec<&str> = std::iter::once(local).chain(guests.iter().copied()).collect();
            event["attendees"] = body("", 0, 0, &people, Some(&room))["attendees"].clone();
            if let (Some(event), Some(extra)) = (event.as_object_mut(), extra.as_object()) {
                event.extend(extra.clone());
            }
            world.seed_event(&address(local), "primary", &event, now);
        };
    for (room, day, start, minutes, person, title, guests) in PLAN {
        let event = body(title, at(*day, *start), *minutes, &[], None);
        insert(world, room, person, guests, event, json!({}));
    }
    // In use right now; over within the hour, so that both rooms are free from then on.
    let half = now - now.rem_euclid(30 * MINUTE);
    insert(world, "한라", "joon", &["seoyeon"], body("제품 데모 준비", half, 30, &[], None), json!({}));
    insert(world, "백록담", "jaehyun", &["mina"], body("투자자 미팅", half - HOUR, 60, &[], None), json!({}));
    // A weekly series on today's weekday, since four weeks.
    let weekly = body("주간 팀 회의", at(-28, 1000), 60, &[], None);
    let rule = json!({ "recurrence": [format!("RRULE:FREQ=WEEKLY;BYDAY={}", weekday(today))] });
    insert(world, "설악", "joon", &["minjun", "kyungmin", "mina"], weekly, rule);
    // A private event: others see it as busy.
    let private = body("연봉 협상", at(0, 1300), 60, &[], None);
    insert(world, "치악", "haeun", &["hyejin"], private, json!({ "visibility": "private" }));
    // The room declines: it is taken by "가을 캠페인 킥오프".
    let late = body("신제품 브레인스토밍", at(0, 1430), 60, &[], None);
    insert(world, "지리", "sunwoo", &["jiwoo"], late, json!({}));
    // Two events in one room by direct write, which nobody checks.
    if let Some(room) = world.room_email(DOMAIN, "오대") {
        for (title, start, minutes) in [("고객사 방문 (외부)", 1400, 90), ("현장 점검 (외부)", 1500, 60)]
        {
            let event = body(title, at(0, start), minutes, &[], None);
            world.seed_event(&address("mina"), &room, &event, now - DAY);
        }
    }
}

fn weekday(day: chrono::NaiveDate) -> &'static str {
    use chrono::Datelike as _;
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day.weekday().num_days_from_monday() as usize]
}
