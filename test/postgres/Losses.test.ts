/** Statements that take rows away are told by their text, whatever a plan file declares. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { lossesIn } from "../../src/postgres/Losses.ts"
import * as it from "../effect.ts"

const losing = [
  "TRUNCATE t",
  "DELETE FROM t WHERE a = 1",
  "UPDATE t SET a = 1",
  "DROP TABLE t",
  "DROP VIEW v CASCADE",
  "DROP OWNED BY app",
  "DROP SCHEMA s",
  "DROP MATERIALIZED VIEW m",
  "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b",
  "DO $$ BEGIN NULL; END $$",
  "SELECT 1; TRUNCATE t"
]
const harmless = [
  "DROP VIEW v",
  "DROP INDEX i",
  "ALTER TABLE t DROP CONSTRAINT c",
  "CREATE TABLE t (a int)",
  "UPDATE t SET a = 1 WHERE a IS NULL",
  "SELECT setval('s', 1)",
  "COMMENT ON TABLE t IS 'TRUNCATE t'"
]

describe("losses in SQL", () => {
  for (const sql of losing) {
    it.effect(`${sql} loses`, () => Effect.map(lossesIn([sql]), (found) => expect(found).toHaveLength(1)))
  }
  for (const sql of harmless) {
    it.effect(`${sql} does not`, () => Effect.map(lossesIn([sql]), (found) => expect(found).toEqual([])))
  }
})
