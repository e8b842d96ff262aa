INSERT INTO event (
    company_id, id, number, kind, title, private, organizer_id, organizer_email, organizer_name, zone, start_at,
    end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid, generation, recurrence, guests,
    cancelled, html_link, listed_until, created_at, updated_at
)
SELECT
    json_extract(part.value, '$.company'), json_extract(b.value, '$.id'), json_extract(b.value, '$.number'),
    'single', json_extract(b.value, '$.title'), json_extract(b.value, '$.private'),
    json_extract(b.value, '$.organizer_id'), json_extract(b.value, '$.organizer_email'),
    json_extract(b.value, '$.organizer_name'), json_extract(b.value, '$.zone'), json_extract(b.value, '$.start_at'),
    json_extract(b.value, '$.end_at'), json_extract(b.value, '$.all_day'), json_extract(b.value, '$.tentative'),
    json_extract(b.value, '$.origin'), json_extract(b.value, '$.way'), json_extract(b.value, '$.way_calendar'),
    json_extract(b.value, '$.google_id'), json_extract(b.value, '$.ical_uid'), json_extract(b.value, '$.generation'),
    json_extract(b.value, '$.recurrence'), json_extract(b.value, '$.guests'), 0,
    json_extract(b.value, '$.html_link'), NULL, json_extract(b.value, '$.created_at'),
    json_extract(b.value, '$.updated_at')
FROM json_each($1) part
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = part.key
JOIN json_each(line.value) b;

INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, exception, updated_at)
SELECT
    json_extract(part.value, '$.company'), json_extract(b.value, '$.id'), json_extract(b.value, '$.room'), 0,
    json_extract(b.value, '$.start_at'), json_extract(b.value, '$.end_at'), 'pending', 0,
    json_extract(b.value, '$.at')
FROM json_each($1) part
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = part.key
JOIN json_each(line.value) b;

INSERT INTO outbox (company_id, event_id, lane, changed, version, state, attempts, sent, due_at, created_at)
SELECT
    json_extract(part.value, '$.company'), json_extract(b.value, '$.id'), json_extract(b.value, '$.lane'),
    json_extract(b.value, '$.changed'), 1, 'waiting', 0, 0, json_extract(b.value, '$.at'),
    json_extract(b.value, '$.at')
FROM json_each($1) part
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = part.key
JOIN json_each(line.value) b;

INSERT INTO api_answer (company_id, event_id, asked, answer, created_at)
SELECT
    json_extract(part.value, '$.company'), json_extract(b.value, '$.id'), json_extract(b.value, '$.asked'),
    json_extract(b.value, '$.answer'), json_extract(b.value, '$.at')
FROM json_each($1) part
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = part.key
JOIN json_each(line.value) b
WHERE json_extract(b.value, '$.answer') IS NOT NULL;

INSERT INTO change_log (company_id, seq, at, changes)
SELECT
    json_extract(part.value, '$.company'), json_extract(b.value, '$.seq'), json_extract(b.value, '$.at'),
    json_extract(b.value, '$.changes')
FROM json_each($1) part
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = part.key
JOIN json_each(line.value) b;

UPDATE company SET seq = json_extract(part.value, '$.seq'), booking_number = json_extract(part.value, '$.number')
FROM json_each($1) part
WHERE company.id = json_extract(part.value, '$.company')
