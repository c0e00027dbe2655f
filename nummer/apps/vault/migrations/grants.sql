-- An empty row is the proof that a key was destroyed, and keeps it from being made again.
REVOKE DELETE ON vault_subject_key FROM nummer_app;
