SELECT json_group_array(json_object(
    'counters', json((SELECT json_object('seq', c.seq, 'booking', c.booking_number) FROM company c
                      WHERE c.id = owner.value)),
    'bookings', json((
        SELECT json_group_array(json_object(
            'place', json_extract(b.value, '$.place'),
            'known', json(CASE WHEN EXISTS (
                SELECT 1 FROM event e
                WHERE e.company_id = owner.value AND e.id = json_extract(b.value, '$.id')
            ) THEN 'true' ELSE 'false' END),
            'busy', json(CASE WHEN COALESCE((
                -- What holds a room does not overlap: the first to end after `from` is the only one in the way.
                SELECT o.start_at FROM occurrence o
                WHERE o.company_id = owner.value AND o.room_id = r.id
                  AND o.end_at > json_extract(b.value, '$.from') AND o.state IN ('pending', 'confirmed')
                ORDER BY o.end_at LIMIT 1
            ) < json_extract(b.value, '$.to'), 0) OR EXISTS (
                SELECT 1 FROM occurrence o
                WHERE o.company_id = owner.value AND o.room_id = r.id
                  AND o.end_at > json_extract(b.value, '$.from') AND o.start_at < json_extract(b.value, '$.to')
                  AND o.state = 'conflicted'
            ) THEN 'true' ELSE 'false' END),
            'room', json(CASE WHEN r.id IS NOT NULL THEN
                json_object('id', r.id, 'email', r.email, 'name', r.name) END),
            'person', json((
                SELECT json_object('number', p.number, 'email', p.email, 'name', p.name) FROM person p
                WHERE p.company_id = owner.value AND p.id = json_extract(b.value, '$.person')
            )),
            'grant', (
                SELECT c.state FROM credential c
                WHERE c.company_id = owner.value
                  AND c.provider = json_extract(b.value, '$.provider')
                  AND c.owner_kind = 'person' AND c.owner_id = json_extract(b.value, '$.person')
            ),
            'names', json(CASE WHEN json_array_length(b.value, '$.guests') > 0 THEN (
                SELECT json_group_object(p.email, p.name) FROM json_each(b.value, '$.guests') g
                CROSS JOIN person p ON p.company_id = owner.value AND p.email = g.value
            ) END)
        ))
        FROM json_each(line.value) b
        LEFT JOIN room r ON r.company_id = owner.value
            AND r.number = json_extract(b.value, '$.room') AND r.retired_at IS NULL
    ))
)) AS looked
FROM json_each($1) owner
JOIN json_each('[' || replace($2, char(10), ',') || ']') line ON line.key = owner.key
