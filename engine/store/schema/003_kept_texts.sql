-- A person let this run end with the text that it began with, when its rule had this version.
ALTER TABLE runs ADD COLUMN kept_version TEXT NOT NULL DEFAULT '';
