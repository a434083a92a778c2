/** The registrar's journal: what offices did, in the same chain as that of a box. */
export const actTables = `
  CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Who a row is about, and the salt under which the chain knows it: both go when it is forgotten, the seal stays.
    personal TEXT,
    salt TEXT,
    seal TEXT
  );
  CREATE INDEX journal_of_kind ON journal (kind, seq);
  CREATE INDEX journal_personal ON journal (at_ms) WHERE personal IS NOT NULL;
  CREATE INDEX journal_forgotten ON journal (seq) WHERE seal IS NOT NULL AND personal IS NULL;

  -- The highest number ever used, so that rows missing at the end are noticed.
  CREATE TABLE journal_last (one INTEGER PRIMARY KEY CHECK (one = 1), seq BIGINT NOT NULL);
  INSERT INTO journal_last VALUES (1, 0);
  CREATE FUNCTION journal_counted() RETURNS trigger LANGUAGE plpgsql SET search_path = twinstile AS $$
  BEGIN
    UPDATE journal_last SET seq = NEW.seq WHERE seq < NEW.seq;
    RETURN NULL;
  END $$;
  CREATE TRIGGER journal_counts AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_counted();
`;
