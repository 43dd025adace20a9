/**
 * The keywords of SQLite ("SQLite Keywords", and the fallback tokens of its grammar), and which of them are names where no
 * keyword fits. Found by trial on SQLite 3.45 (libSQL) and 3.54.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

/** Keywords that are never a name without quotes. */
export const reservedKeywords: ReadonlySet<string> = words(
  "ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DEFERRABLE DELETE " +
    "DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS ISNULL JOIN LIMIT " +
    "NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE " +
    "UPDATE USING VALUES WHEN WHERE"
)

/** Keywords of joins, and INDEXED: names in most places, but no words of a type. */
export const joinKeywords: ReadonlySet<string> = words("CROSS FULL INDEXED INNER LEFT NATURAL OUTER RIGHT")

/** Keywords that mean something inside of an expression or a query, and are names where they do not. */
export const contextualKeywords: ReadonlySet<string> = new Set([
  ...joinKeywords,
  ...words(
    "ABORT ASC BY CAST CONFLICT CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DESC DO END EXCLUDE FAIL FALSE FILTER " +
      "FIRST FOLLOWING GLOB GROUPS IF IGNORE LAST LIKE MATCH MATERIALIZED NO NULLS OFFSET OTHERS OVER PARTITION PRECEDING " +
      "RAISE RANGE RECURSIVE REGEXP REPLACE ROLLBACK ROW ROWS TIES TRUE UNBOUNDED WINDOW WITH WITHIN"
  )
])

/** Keywords that mean something only in statements that are no query: in expressions and queries they are names. */
export const statementKeywords: ReadonlySet<string> = new Set([
  "CASCADE",
  "RESTRICT",
  ...words(
    "ACTION AFTER ALWAYS ANALYZE ATTACH BEFORE BEGIN COLUMN DATABASE DEFERRED DETACH EACH EXCLUSIVE EXPLAIN FOR GENERATED " +
      "IMMEDIATE INITIALLY INSTEAD KEY OF PLAN PRAGMA QUERY REINDEX RELEASE RENAME SAVEPOINT TEMP TEMPORARY TRIGGER VACUUM " +
      "VIEW VIRTUAL WITHOUT"
  )
])
