/** The main job on a SQLite file by the program itself, on every runtime: the same plans byte by byte, and the same databases. */
import { expect, test } from "bun:test"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { content } from "../conformance/sqlite/Rows.ts"
import { run } from "./Process.ts"
import { bun, type Command, deno, node, type Runtime } from "./Programs.ts"
import { Database } from "./Sqlite.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const program = path.join(root, "bin", "lockplane.ts")

const onNode = await node()
const runtimes: ReadonlyArray<readonly [name: Runtime, command: Command]> = [
  ["Bun", bun],
  ["Deno", deno],
  ...onNode === undefined ? [] : [["Node", onNode] as const]
]

const before = `
  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE, born TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES people ON DELETE CASCADE, body BLOB);
  CREATE VIEW authors AS SELECT DISTINCT name FROM people JOIN posts ON author = people.id;
  CREATE TRIGGER tidy AFTER DELETE ON people BEGIN DELETE FROM posts WHERE author = old.id; END;
  INSERT INTO people VALUES (3, 'Ada', '1815'), (9007199254740993, 'Größe', NULL);
  INSERT INTO posts VALUES (1, 3, x'00ff'), (2, 9007199254740993, zeroblob(3));`

const after = `
  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE, born TEXT, UNIQUE (name));
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES people ON DELETE CASCADE, body BLOB, seen INT DEFAULT 0);
  CREATE VIEW authors AS SELECT DISTINCT name FROM people JOIN posts ON author = people.id;
  CREATE TRIGGER tidy AFTER DELETE ON people BEGIN DELETE FROM posts WHERE author = old.id; END;
  CREATE INDEX by_author ON posts (author) WHERE seen = 0;`

/** Plans, applies and rolls back on a file; gives every answer of the program but the time, and what the file holds after each. */
const job = async (command: ReadonlyArray<string>): Promise<ReadonlyArray<unknown>> => {
  const folder = await fs.mkdtemp(path.join(tmpdir(), "lockplane-runtime-"))
  try {
    const lockplane = async (...parameters: ReadonlyArray<string>): Promise<string> => {
      const { code, stderr, stdout } = await run([...command, program, ...parameters], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1", LOCKPLANE_CACHE_DIR: path.join(folder, "cache") }
      })
      if (code !== 0) throw new Error(`lockplane ${parameters.join(" ")} ended with ${code}\n${stderr}`)
      return stdout
    }
    const file = path.join(folder, "app.db")
    const database = new Database(file)
    database.run(before)
    database.close()
    await fs.writeFile(path.join(folder, "new.lp.sql"), after)
    const start = content(file)
    const plan = await lockplane("plan", "--from", "app.db", "--to", "new.lp.sql")
    await fs.writeFile(path.join(folder, "plan.json"), plan)
    const introspected = await lockplane("introspect", "app.db", "--format", "sql")
    const rollback = await lockplane("rollback", "plan.json", "--from", "app.db")
    await lockplane("apply", "plan.json", "--target", "app.db", "--auto-approve")
    const applied = content(file)
    await lockplane("rollback", "plan.json", "--target", "app.db", "--auto-approve", "--allow-destructive")
    expect(JSON.parse(content(file))[1]).toEqual(JSON.parse(start)[1])
    return [plan, introspected, rollback, applied, content(file)]
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
}

const first = job(runtimes[0]?.[1] ?? [])

for (const [name, command] of runtimes) {
  test(`${name} plans, applies and rolls back on a SQLite file like the others`, async () => {
    expect(await job(command)).toEqual([...await first])
  }, 120_000)
}
