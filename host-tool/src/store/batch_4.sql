-- The batch store, version 4: which nameplate wrote it last, so that the log can say when that changed. A released step is never
-- edited.
ALTER TABLE batch ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
