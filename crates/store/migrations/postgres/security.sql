-- Row-level security: the second wall between companies. It runs after every step, in the step's transaction, and says
-- everything anew: a new table is closed to all but its company by itself.
--
-- A transaction says whose it is by the setting `roomly.company`. What has no company yet says `roomly.system`, and
-- sees the closed list below, which is the list of `store::System`.
SET LOCAL client_min_messages = 'warning';
DO $$
DECLARE
    wall record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO roomly_app', current_schema());
    FOR wall IN
        SELECT c.relname AS name,
               CASE WHEN c.relname = 'company' THEN 'id' ELSE
                   (SELECT a.attname FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped) END AS owner
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_version'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', wall.name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO roomly_app', wall.name);
        EXECUTE format('DROP POLICY IF EXISTS tenant ON %I', wall.name);
        EXECUTE format('DROP POLICY IF EXISTS system ON %I', wall.name);
        EXECUTE format('DROP POLICY IF EXISTS system_read ON %I', wall.name);
        IF wall.owner IS NOT NULL THEN
            EXECUTE format(
                'CREATE POLICY tenant ON %I USING (%I = current_setting(''roomly.company'', true))',
                wall.name, wall.owner);
        END IF;
        IF wall.name IN ('api_answer', 'calendar', 'change_log', 'company', 'company_domain', 'outbox',
            'push_guard', 'push_stop', 'session', 'sign_in') THEN
            EXECUTE format(
                'CREATE POLICY system ON %I USING (current_setting(''roomly.system'', true) = ''on'')', wall.name);
        END IF;
        -- No company's: which servers live, and who does what one of them does at a time.
        IF wall.name IN ('lease', 'server') THEN
            EXECUTE format('CREATE POLICY system ON %I USING (true)', wall.name);
        END IF;
        IF wall.name IN ('api_token', 'channel', 'display', 'event', 'person', 'room', 'series') THEN
            EXECUTE format(
                'CREATE POLICY system_read ON %I FOR SELECT USING (current_setting(''roomly.system'', true) = ''on'')',
                wall.name);
        END IF;
    END LOOP;
END
$$;
