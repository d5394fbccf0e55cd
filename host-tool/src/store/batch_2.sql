-- The batch store, version 2: a batch may be several jobs, its parts. A released step is never edited.
ALTER TABLE jobs ADD COLUMN part INTEGER NOT NULL DEFAULT 1;  -- 1, 2, …
ALTER TABLE jobs ADD COLUMN parts INTEGER NOT NULL DEFAULT 1; -- of so many
ALTER TABLE jobs ADD COLUMN data_form TEXT NOT NULL DEFAULT 'csv';

-- When it was about to be posted; NULL where the service surely was sent nothing.
ALTER TABLE jobs ADD COLUMN begun_ms INTEGER;
UPDATE jobs SET begun_ms = intent_ms;

DROP INDEX one_live_job;
CREATE UNIQUE INDEX one_live_job_a_part ON jobs (part) WHERE abandoned_ms IS NULL;

-- Nobody can tell two parts apart of which neither's answer came: the next is begun only when it is known.
CREATE UNIQUE INDEX one_doubtful_job ON jobs ((1)) WHERE abandoned_ms IS NULL AND begun_ms IS NOT NULL AND service_id IS NULL;
